#!/usr/bin/python
# Copyright: the mdevctl developers
# SPDX-License-Identifier: LGPL-2.1-or-later

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: info
short_description: What mediated devices and vGPUs a host has
version_added: 2.0.0
description:
  - Returns what C(mdevctl status --json) says of a host, its cards, parents, devices and what is wrong with them.
  - Changes nothing.
author:
  - The mdevctl developers (@mdevctl)
requirements:
  - mdevctl 2.0 or newer on the host
attributes:
  check_mode:
    support: full
    description: Can run in check mode, and does the same there.
options:
  executable:
    description: The program, as a path or as a name on the PATH.
    type: str
    default: mdevctl
'''

EXAMPLES = r'''
- name: See what the hosts have
  mdevctl.mdevctl.info:
  register: host

- name: Show how many devices of each type fit on each card
  ansible.builtin.debug:
    msg: "{{ item.0.address }}: {{ item.1.free }} of {{ item.1.name }}"
  loop: "{{ host.cards | subelements('types') }}"

- name: Stop here if a virtual machine uses a device
  ansible.builtin.assert:
    that: host.devices | selectattr('in_use') | list | length == 0
'''

RETURN = r'''
cards:
  description: Cards with virtual functions, with their types and how many devices of each fit.
  type: list
  elements: dict
  returned: success
parents:
  description: Parent devices, with their types.
  type: list
  elements: dict
  returned: success
devices:
  description: Devices that are defined or active, and who uses them.
  type: list
  elements: dict
  returned: success
  sample:
    - uuid: 6f2e1d3c-84b5-4a97-9c08-1b5d7e3f9a42
      parent: "0000:82:00.4"
      card: "0000:82:00.0"
      framework: nvidia-vf
      type: nvidia-1155
      type_name: NVIDIA L40S-8Q
      start: auto
      defined: true
      active: true
      owner: claim
      attrs: []
      in_use: false
      users: []
problems:
  description: What is wrong, with a stable code, a severity and a hint.
  type: list
  elements: dict
  returned: success
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mdevctl.mdevctl.plugins.module_utils.mdevctl import Mdevctl


def main():
    module = AnsibleModule(argument_spec=dict(executable=dict(type='str', default='mdevctl')), supports_check_mode=True)
    status, document, message = Mdevctl(module).run('status', [])
    if status != 0 or document is None:
        module.fail_json(msg=message, rc=status)
    module.exit_json(changed=False, **dict((name, document[name]) for name in ('cards', 'parents', 'devices', 'problems')))


if __name__ == '__main__':
    main()

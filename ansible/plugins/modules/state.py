#!/usr/bin/python
# Copyright: the mdevctl developers
# SPDX-License-Identifier: LGPL-2.1-or-later

from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r'''
module: state
short_description: Which mediated devices and vGPUs a host should have
version_added: 2.0.0
description:
  - Brings the cards and parents of a host to what a state file says, with the fewest steps, by C(mdevctl apply).
  - A device in use is never touched. What should be done to it is returned as RV(blocked), with a warning, and done by a later
    run, when the virtual machine has ended.
  - If a step fails, the task fails, and RV(steps) says what was done, what failed and what was not tried. The next run does the rest.
author:
  - The mdevctl developers (@mdevctl)
requirements:
  - mdevctl 2.0 or newer on the host
attributes:
  check_mode:
    support: full
    description: Can run in check mode and return what would change, by C(mdevctl plan).
  diff_mode:
    support: full
    description: Returns what the cards and parents of the file have, before and after.
options:
  config:
    description:
      - What is in a state file, described in mdevctl-state(5). It is passed on by stdin, and not written anywhere.
      - Everything except C(version), C(count), C(vf), C(vfs), C(mixed-sizes) and C(active) has to be text. Where it looks like something
        else to Ansible, quote it. Ansible would read the address C(0000:41:00.0) as a number, and C(0xab) as C(171), and what was
        written would be lost; so the module refuses it.
      - Exactly one of O(config) and O(path) is needed.
    type: dict
  path:
    description: A state file on the host, or a directory of such files.
    type: path
  prune:
    description: Whether to stop and undefine the devices of the file's cards and parents that it does not name.
    type: bool
    default: false
  labels:
    description: Labels of this host, for groups that ask for labels with C(when).
    type: dict
    default: {}
  host:
    description: The name of this host, for groups that ask for it with C(when). Without it, the kernel's.
    type: str
  blocked:
    description:
      - What to do if something cannot be done now, because a virtual machine uses the device, for example. The rest is done in any case.
      - V(warn) reports it. V(fail) fails the task, too.
    type: str
    choices: [warn, fail]
    default: warn
  executable:
    description: The program, as a path or as a name on the PATH.
    type: str
    default: mdevctl
'''

EXAMPLES = r'''
- name: Six vGPUs on a card
  mdevctl.mdevctl.state:
    config:
      version: 1
      groups:
        - card: "0000:82:00.0"
          devices:
            - {type: L40S-8Q, count: 6}

- name: What the files on the host say, and nothing else on their cards
  mdevctl.mdevctl.state:
    path: /etc/mdevctl/state.d
    prune: true

- name: One file for all hosts, of which each takes what is for it
  mdevctl.mdevctl.state:
    config: "{{ lookup('ansible.builtin.file', 'fleet.json') | from_json }}"
    labels: {pool: inference}
'''

RETURN = r'''
stdin_lines:
  description: What O(config) is for mdevctl, by lines, which messages about it name.
  type: list
  elements: str
  returned: when mdevctl refuses the file
in_sync:
  description: Whether the host is as the file says; in check mode, whether it was so already.
  type: bool
  returned: when mdevctl could make a plan
steps:
  description: What was done, in this order; in check mode, what would be done.
  type: list
  elements: dict
  returned: when mdevctl could make a plan
  sample:
    - do: start
      device:
        uuid: 6f2e1d3c-84b5-4a97-9c08-1b5d7e3f9a42
        parent: "0000:82:00.4"
        card: "0000:82:00.0"
        type: nvidia-1155
        type_name: NVIDIA L40S-8Q
        start: auto
        attrs: []
      code: missing
      why: it is in the file
      result: done
blocked:
  description: What should be done and cannot be now, why, and the processes and virtual machines that are in the way.
  type: list
  elements: dict
  returned: when mdevctl could make a plan
unmanaged:
  description: Devices of the file's cards and parents that it does not name.
  type: list
  elements: dict
  returned: when mdevctl could make a plan
'''

import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mdevctl.mdevctl.plugins.module_utils.mdevctl import Mdevctl

# The fields whose values may be numbers and truth values. Others are texts, which YAML may have made something else of.
NO_TEXT = ('version', 'count', 'vf', 'vfs', 'mixed-sizes', 'active')


def find_lost_text(value, place):
    """The first value that may be something else than what was written, and where it is."""
    if isinstance(value, dict):
        inner = [(value[name], '%s.%s' % (place, name)) for name in value if name not in NO_TEXT]
    elif isinstance(value, list):
        inner = [(each, '%s[%d]' % (place, number)) for number, each in enumerate(value)]
    elif value is None or isinstance(value, (bool, int, float)):
        return '%s is not text but %s' % (place, json.dumps(value))
    else:
        inner = []
    for each, where in inner:
        found = find_lost_text(each, where)
        if found is not None:
            return found
    return None


def name_subject(step):
    device = step.get('device')
    if device is None:
        return step['card']
    return device['uuid'] or 'a new %s on %s' % (device['type_name'] or device['type'], device['parent'])


def summarize_failure(steps, message):
    counts = ', '.join('%d %s' % (len([step for step in steps if step['result'] == result]), words)
                       for result, words in (('done', 'done'), ('failed', 'failed'), ('not-tried', 'not tried')))
    failures = [' '.join(step[name] for name in ('error', 'hint') if name in step) for step in steps if step['result'] == 'failed']
    return '%s. Of %d steps: %s.' % ('; '.join(failures) or message, len(steps), counts)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            config=dict(type='dict'),
            path=dict(type='path'),
            prune=dict(type='bool', default=False),
            labels=dict(type='dict', default={}),
            host=dict(type='str'),
            blocked=dict(type='str', choices=['warn', 'fail'], default='warn'),
            executable=dict(type='str', default='mdevctl'),
        ),
        mutually_exclusive=[('config', 'path')],
        required_one_of=[('config', 'path')],
        supports_check_mode=True,
    )
    config = module.params['config']
    labels = module.params['labels']
    for option in ('config', 'labels'):
        lost = find_lost_text(module.params[option] or {}, option)
        if lost is not None:
            module.fail_json(msg='%s. Put it into quotes: YAML may have changed what was written.' % lost)
    for name in sorted(labels):
        if not name or '=' in name or ',' in name or ',' in str(labels[name]):
            module.fail_json(msg="labels: '%s=%s' is not a label: a name has neither '=' nor ',', a value has no ','" % (name, labels[name]))

    # Absolute, because mdevctl would take '-' for stdin and '--prune' for an option.
    arguments = ['-' if config is not None else os.path.abspath(module.params['path'])]
    if module.params['prune']:
        arguments.append('--prune')
    if labels:
        arguments.append('--label=' + ','.join('%s=%s' % label for label in sorted(labels.items())))
    if module.params['host'] is not None:
        arguments.append('--host=' + module.params['host'])

    command = 'plan' if module.check_mode else 'apply'
    # On several lines, because messages name the line.
    text = '' if config is None else json.dumps(config, indent=2, sort_keys=True)
    status, document, message = Mdevctl(module).run(command, arguments, text)
    if document is None:
        module.fail_json(msg=message, rc=status, stdin_lines=text.splitlines())

    steps = document['steps']
    result = dict(
        changed=any(module.check_mode or step['result'] == 'done' for step in steps),
        **dict((name, document[name]) for name in ('in_sync', 'steps', 'blocked', 'unmanaged'))
    )
    if module._diff:
        result['diff'] = dict(before=document['before'], after=document['after'])
    blocked = ['cannot %s %s now: %s' % (each['do'], name_subject(each), each['why']) for each in document['blocked']]
    for warning in document['warnings'] + blocked:
        module.warn(warning)
    if status not in (0, 4):
        module.fail_json(msg=summarize_failure(steps, message), rc=status, **result)
    if blocked and module.params['blocked'] == 'fail':
        module.fail_json(msg='; '.join(blocked), **result)
    module.exit_json(**result)


if __name__ == '__main__':
    main()

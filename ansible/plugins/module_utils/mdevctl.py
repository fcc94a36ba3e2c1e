# Runs mdevctl for the modules. Its JSON and its exit status are all that is read; what it says to people is only passed on.

from __future__ import absolute_import, division, print_function
__metaclass__ = type

import json


class Mdevctl(object):
    def __init__(self, module):
        self.module = module
        name = module.params['executable']
        self.path = module.get_bin_path(name)
        if self.path is None:
            module.fail_json(msg='there is no program %s on this host. The role mdevctl.mdevctl.host installs it.' % name)

    def run(self, command, arguments, text=''):
        """The exit status, the document on stdout (None if there is none), and what stderr says."""
        status, output, message = self.module.run_command(
            [self.path, command] + arguments + ['--json'], data=text, binary_data=True, environ_update={'LC_ALL': 'C'})
        if status == 2 and not self._knows(command):
            self.module.fail_json(
                msg="%s has no command '%s': it is older than this collection needs. Install mdevctl 2.0 or newer." % (self.path, command))
        return status, self._parse(output, command), message.strip()

    def _knows(self, command):
        status = self.module.run_command([self.path, command, '--help'], environ_update={'LC_ALL': 'C'})[0]
        return status == 0

    def _parse(self, output, command):
        if not output.strip():
            return None
        try:
            document = json.loads(output)
        except ValueError:
            self.module.fail_json(msg='%s %s --json wrote no JSON' % (self.path, command), stdout=output)
        if document.get('version') != 1:
            self.module.fail_json(msg='%s writes version %s of its JSON; this collection knows version 1' % (self.path, document.get('version')))
        return document

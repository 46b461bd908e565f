'use strict';
const { assert, refused, steps } = require('./steps.cjs');

steps({
  'all roles are listed': async ({ admin }) => {
    const { data } = await admin.userRole.list({ pageSize: 2000 });
    assert.ok(data.length > 40);
    assert.ok(data.every(role => role.id === role.name && role.id.startsWith('ROLE_')));
  },
  'a role is read': async ({ admin }) => {
    const { data } = await admin.userRole.detail('ROLE_ALARM_ADMIN');
    assert.match(data.self, /^https:\/\/.*\/user\/roles\/ROLE_ALARM_ADMIN$/);
  },
  'a role that is none is not found': async ({ admin }) => {
    await refused(404, 'Not Found', () => admin.userRole.detail('ROLE_NONE'));
  },
});

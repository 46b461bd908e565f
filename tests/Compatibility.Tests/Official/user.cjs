'use strict';
const { assert, refused, steps } = require('./steps.cjs');

const password = 'Password-of-jo-1';
let jo;

steps({
  'a user is made': async ({ admin }) => {
    const { res, data } = await admin.user.create({ userName: 'jo@example.com', email: 'jo@example.com', password, firstName: 'Jo' });
    assert.equal(res.status, 201);
    assert.equal(data.id, 'jo@example.com');
    assert.equal(data.password, undefined);
    jo = data;
  },
  'a user is read': async ({ admin }) => {
    const { data } = await admin.user.detail('jo@example.com');
    assert.equal(data.firstName, 'Jo');
    assert.equal(data.enabled, true);
  },
  'a second user of the name is refused': async ({ admin }) => {
    await refused(409, 'users/Duplicate', () => admin.user.create({ userName: 'jo@example.com', email: 'x@example.com', password }));
  },
  'a user is changed and keeps what was not said': async ({ admin }) => {
    const { data } = await admin.user.update({ ...jo, lastName: 'Doe', customProperties: { site: 'A' } });
    assert.deepEqual([data.firstName, data.lastName, data.customProperties.site], ['Jo', 'Doe', 'A']);
  },
  'users are listed page by page': async ({ admin }) => {
    const first = await admin.user.list({ pageSize: 1, withTotalPages: true });
    assert.deepEqual(first.data.map(user => user.id), ['admin']);
    assert.equal(first.paging.totalPages, 2);
    const second = await first.paging.next();
    assert.deepEqual(second.data.map(user => user.id), ['jo@example.com']);
  },
  'the current user has its groups and roles': async ({ admin }) => {
    const { data } = await admin.user.current();
    assert.equal(data.id, 'admin');
    assert.ok(admin.user.hasRole(data, 'ROLE_USER_MANAGEMENT_ADMIN'));
    assert.ok(admin.user.hasAnyGlobalRole(data, [2]));
    assert.ok(!admin.user.hasRole(data, 'ROLE_TENANT_MANAGEMENT_ADMIN'));
  },
  'the current user has its effective roles': async ({ admin }) => {
    const { data } = await admin.user.currentWithEffectiveRoles();
    assert.ok(admin.user.hasAllRoles(data, ['ROLE_INVENTORY_READ', 'ROLE_USER_MANAGEMENT_OWN_READ']));
  },
  'a user changes its own profile': async ({ as }) => {
    const own = await as('t1', 'jo@example.com', password);
    const { data } = await own.user.updateCurrent({ phone: '+49123', enabled: false });
    assert.deepEqual([data.phone, data.enabled], ['+49123', true]);
  },
  'a user changes its own password': async ({ as }) => {
    const own = await as('t1', 'jo@example.com', password);
    await refused(422, null, () => own.user.changeCurrentUserPassword('Another-of-jo-1', 'Wrong-of-jo-1'));
    await own.user.changeCurrentUserPassword('Another-of-jo-1', password);
    await refused(401, 'security/Unauthorized', () => own.user.current());
    await as('t1', 'jo@example.com', 'Another-of-jo-1');
  },
  'a user without rights manages nobody': async ({ as }) => {
    const own = await as('t1', 'jo@example.com', 'Another-of-jo-1');
    await refused(403, 'security/Forbidden', () => own.user.list());
    await refused(403, 'security/Forbidden', () => own.user.delete('admin'));
  },
  'a user is deleted': async ({ admin }) => {
    assert.equal((await admin.user.delete(jo)).res.status, 204);
    await refused(404, 'users/Not Found', () => admin.user.detail(jo));
  },
});

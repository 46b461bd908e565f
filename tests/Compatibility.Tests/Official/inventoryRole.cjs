'use strict';
const { assert, refused, steps } = require('./steps.cjs');

const password = 'Password-of-kim-1';
const seesDoors = { scope: 'EVENT', type: 'c8y_Door', permission: 'READ' };
const seesAll = { scope: '*', type: '*', permission: 'READ' };
let role, hall, room, assignment, kim;

steps({
  'the default inventory roles are listed page by page': async ({ admin }) => {
    const first = await admin.inventoryRole.list({ pageSize: 3, withTotalPages: true });
    assert.deepEqual(first.data.map(one => [one.id, one.name]), [[1, 'Reader'], [2, 'Manager'], [3, 'Operations: All']]);
    assert.equal(first.paging.totalPages, 2);
    assert.deepEqual((await first.paging.next()).data.map(one => one.name), ['Operations: Restart Device']);
  },
  'an inventory role is made': async ({ admin }) => {
    const { res, data } = await admin.inventoryRole.create({ name: 'Doorman', description: 'Sees doors', permissions: [seesDoors] });
    assert.equal(res.status, 201);
    assert.equal(typeof data.id, 'number');
    assert.deepEqual(data.permissions.map(({ scope, type, permission }) => ({ scope, type, permission })), [seesDoors]);
    role = data;
  },
  'a second inventory role of the name is refused': async ({ admin }) => {
    await refused(409, 'inventoryrole/Duplicate', () => admin.inventoryRole.create({ name: 'Doorman', permissions: [] }));
  },
  'an inventory role is read and changed, and its permissions keep their ids': async ({ admin }) => {
    const { data } = await admin.inventoryRole.detail(role.id);
    assert.deepEqual(data, role);
    const changed = (await admin.inventoryRole.update({ ...data, name: 'Watchman', permissions: [...data.permissions, { ...seesDoors, scope: 'ALARM' }] })).data;
    assert.equal(changed.name, 'Watchman');
    assert.equal(changed.permissions[0].id, role.permissions[0].id);
    assert.deepEqual((await admin.inventoryRole.update({ id: role.id, description: 'More' })).data.permissions, changed.permissions);
  },
  'a user is given inventory roles on an object': async ({ admin }) => {
    hall = (await admin.inventory.create({ name: 'Hall', c8y_IsDeviceGroup: {} })).data;
    room = (await admin.inventory.create({ name: 'Room', c8y_IsDeviceGroup: {} })).data;
    await admin.inventory.childAssetsAdd(room.id, hall.id);
    kim = (await admin.user.create({ userName: 'kim', email: 'kim@example.com', password })).data;
    const { res, data } = await admin.user.inventoryAssignment(kim).create({ managedObject: hall.id, roles: [{ id: role.id }] });
    assert.equal(res.status, 200);
    assert.deepEqual([data.managedObject, data.roles.map(one => one.name)], [hall.id, ['Watchman']]);
    assignment = data;
  },
  'more inventory roles on the object are added to those': async ({ admin }) => {
    const { data } = await admin.user.inventoryAssignment(kim).create({ managedObject: Number(hall.id), roles: [{ id: 4 }] });
    assert.equal(data.id, assignment.id);
    assert.deepEqual(data.roles.map(one => one.id), [4, role.id]);
  },
  'the inventory roles of a user are listed and read': async ({ admin }) => {
    const { data } = await admin.user.inventoryAssignment(kim).list();
    assert.deepEqual(data.map(one => [one.id, one.managedObject]), [[assignment.id, hall.id]]);
    assert.deepEqual((await admin.user.inventoryAssignment('kim').detail(assignment.id)).data, data[0]);
  },
  'inventory roles of a user are replaced': async ({ admin }) => {
    const { data } = await admin.user.inventoryAssignment(kim).update({ id: assignment.id, roles: [{ id: 1 }] });
    assert.deepEqual(data.roles.map(one => one.name), ['Reader']);
  },
  'on an object that is none nothing is given': async ({ admin }) => {
    await refused(422, 'users/Unprocessable Entity', () => admin.user.inventoryAssignment(kim).create({ managedObject: '999999', roles: [{ id: 1 }] }));
  },
  'who may not manage users makes no inventory role and gives none': async ({ as }) => {
    const own = await as('t1', 'kim', password);
    await refused(403, 'security/Forbidden', () => own.inventoryRole.create({ name: 'no', permissions: [seesAll] }));
    await refused(403, 'security/Forbidden', () => own.user.inventoryAssignment('kim').create({ managedObject: hall.id, roles: [{ id: 2 }] }));
  },
  'inventory roles are taken from a user': async ({ admin }) => {
    assert.equal((await admin.user.inventoryAssignment(kim).delete(assignment.id)).res.status, 204);
    await refused(404, 'users/Not Found', () => admin.user.inventoryAssignment(kim).detail(assignment.id));
    assert.deepEqual((await admin.user.inventoryAssignment(kim).list()).data, []);
  },
  'an inventory role is deleted': async ({ admin }) => {
    assert.equal((await admin.inventoryRole.delete(role.id)).res.status, 204);
    await refused(404, 'inventoryrole/Not Found', () => admin.inventoryRole.detail(role.id));
  },
  'a user is given device permissions and shows them': async ({ admin }) => {
    const { data } = await admin.user.update({ id: 'kim', devicePermissions: { [room.id]: ['MANAGED_OBJECT:*:READ'] } });
    assert.deepEqual(data.devicePermissions, { [room.id]: ['MANAGED_OBJECT:*:READ'] });
    await refused(422, 'users/Unprocessable Entity', () => admin.user.update({ id: 'kim', devicePermissions: { [room.id]: ['READ'] } }));
  },
  'what a user was given goes with the user': async ({ admin }) => {
    assert.equal((await admin.user.delete(kim)).res.status, 204);
    await refused(404, 'users/Not Found', () => admin.user.inventoryAssignment(kim).list());
  },
});

'use strict';
const { assert, refused, steps } = require('./steps.cjs');

const password = 'Password-of-ann-1';
let ann, group, role;

steps({
  'a group is made': async ({ admin }) => {
    const { res, data } = await admin.userGroup.create({ name: 'Operators', description: 'Of plant 1' });
    assert.equal(res.status, 201);
    assert.equal(typeof data.id, 'number');
    assert.deepEqual(data.roles.references, []);
    group = data;
  },
  'a second group of the name is refused': async ({ admin }) => {
    await refused(409, 'groups/Duplicate', () => admin.userGroup.create({ name: 'Operators' }));
  },
  'a group is read and listed among the default ones': async ({ admin }) => {
    assert.equal((await admin.userGroup.detail(group)).data.name, 'Operators');
    const { data } = await admin.userGroup.list({ pageSize: 100 });
    assert.deepEqual(data.filter(one => [2, group.id].includes(one.id)).map(one => one.name), ['admins', 'Operators']);
  },
  'a group is changed': async ({ admin }) => {
    const { data } = await admin.userGroup.update({ id: group.id, name: 'Operators of plant 1' });
    assert.deepEqual([data.name, data.description], ['Operators of plant 1', 'Of plant 1']);
  },
  'a role is given to a group once': async ({ admin }) => {
    role = (await admin.userRole.detail('ROLE_INVENTORY_READ')).data;
    assert.equal((await admin.userGroup.addRoleToGroup(group.id, role)).res.status, 201);
    await refused(409, 'groups/Duplicate', () => admin.userGroup.addRoleToGroup(group.id, role.self));
    const { data } = await admin.userGroup.detail(group.id);
    assert.deepEqual(data.roles.references.map(reference => reference.role.id), ['ROLE_INVENTORY_READ']);
  },
  'a user joins a group and holds what it gives': async ({ admin, as }) => {
    ann = (await admin.user.create({ userName: 'ann', email: 'ann@example.com', password })).data;
    assert.equal((await admin.userGroup.addUserToGroup(group.id, ann.self)).res.status, 201);
    const { data } = await (await as('t1', 'ann', password)).user.current();
    assert.ok(admin.user.hasRole(data, 'ROLE_INVENTORY_READ'));
    assert.ok(admin.user.hasAnyGlobalRole(data, [group.id]));
  },
  'a role taken from a group is taken from its members': async ({ admin, as }) => {
    assert.equal((await admin.userGroup.removeRoleFromGroup(group.id, role)).res.status, 204);
    const { data } = await (await as('t1', 'ann', password)).user.current();
    assert.ok(!admin.user.hasRole(data, 'ROLE_INVENTORY_READ'));
  },
  'a user leaves a group': async ({ admin }) => {
    assert.equal((await admin.userGroup.removeUserFromGroup(group.id, ann)).res.status, 204);
    await refused(404, 'groups/Not Found', () => admin.userGroup.removeUserFromGroup(group.id, ann));
  },
  'who may not manage users makes no group': async ({ as }) => {
    const own = await as('t1', 'ann', password);
    await refused(403, 'security/Forbidden', () => own.userGroup.create({ name: 'no' }));
  },
  'a group is deleted': async ({ admin }) => {
    assert.equal((await admin.userGroup.delete(group.id)).res.status, 204);
    await refused(404, 'groups/Not Found', () => admin.userGroup.detail(group.id));
  },
});

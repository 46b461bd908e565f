'use strict';
const { assert, refused, steps } = require('./steps.cjs');

let pump, name;

steps({
  'an object gets a name': async ({ admin }) => {
    pump = (await admin.inventory.create({ name: 'Pump' })).data;
    name = { type: 'c8y_Serial', externalId: 'official-1', managedObject: { id: pump.id } };
    const { res, data } = await admin.identity.create(name);
    assert.equal(res.status, 201);
    assert.deepEqual([data.externalId, data.type, data.managedObject.id], ['official-1', 'c8y_Serial', pump.id]);
  },
  'a name is one object\'s alone': async ({ admin }) => {
    await refused(409, null, () => admin.identity.create(name));
  },
  'a name finds its object': async ({ admin }) => {
    assert.equal((await admin.identity.detail(name)).data.managedObject.id, pump.id);
  },
  'an object lists its names': async ({ admin }) => {
    assert.deepEqual((await admin.identity.list(pump.id)).data.map(one => one.externalId), ['official-1']);
  },
  'a name is taken away': async ({ admin }) => {
    assert.equal((await admin.identity.delete(name)).res.status, 204);
    await refused(404, 'identity/Not Found', () => admin.identity.detail(name));
  },
});

'use strict';
const { assert, refused, steps } = require('./steps.cjs');

let agent, made;

steps({
  'an operation is made for an agent': async ({ admin }) => {
    agent = (await admin.inventory.create({ name: 'Agent', c8y_IsDevice: {}, com_cumulocity_model_Agent: {} })).data;
    const { res, data } = await admin.operation.create({ deviceId: agent.id, description: 'Restart', c8y_Restart: {} });
    assert.equal(res.status, 201);
    assert.deepEqual([data.status, data.deviceId, data.c8y_Restart], ['PENDING', agent.id, {}]);
    made = data;
  },
  'nothing is asked of what is no agent': async ({ admin }) => {
    const { data: plain } = await admin.inventory.create({ name: 'Plain' });
    await refused(422, null, () => admin.operation.create({ deviceId: plain.id, c8y_Restart: {} }));
  },
  'an operation is read': async ({ admin }) => {
    assert.equal((await admin.operation.detail(made.id)).data.description, 'Restart');
  },
  'an operation is carried out': async ({ admin }) => {
    assert.equal((await admin.operation.update({ id: made.id, status: 'EXECUTING' })).data.status, 'EXECUTING');
    assert.equal((await admin.operation.update({ id: made.id, status: 'SUCCESSFUL', official_Result: { took: 3 } })).data.status, 'SUCCESSFUL');
    await refused(422, null, () => admin.operation.update({ id: made.id, status: 'PENDING' }));
  },
  'operations are listed by device and status': async ({ admin }) => {
    const { data: second } = await admin.operation.create({ deviceId: agent.id, c8y_Command: { text: 'ls' } });
    const listed = async filter => (await admin.operation.list(filter)).data.map(one => one.id);
    assert.deepEqual(await listed({ deviceId: agent.id }), [made.id, second.id]);
    assert.deepEqual(await listed({ deviceId: agent.id, status: 'PENDING' }), [second.id]);
    assert.deepEqual(await listed({ agentId: agent.id, status: 'SUCCESSFUL' }), [made.id]);
  },
  'an operation that is none': async ({ admin }) => {
    await refused(404, 'devicecontrol/Not Found', () => admin.operation.detail('999999999'));
  },
});

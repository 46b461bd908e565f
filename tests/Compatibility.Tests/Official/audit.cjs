'use strict';
const { assert, steps } = require('./steps.cjs');

let record;

steps({
  'a record is appended': async ({ admin }) => {
    const { res, data } = await admin.audit.create({ type: 'official_Type', activity: 'tested', text: 'A test', time: '2026-11-20T08:00:00.000Z', severity: 'MINOR' });
    assert.equal(res.status, 201);
    assert.deepEqual([data.user, data.severity], ['admin', 'MINOR']);
    record = data;
  },
  'a record is read': async ({ admin }) => {
    assert.equal((await admin.audit.detail(record.id)).data.activity, 'tested');
  },
  'records are listed by type': async ({ admin }) => {
    assert.deepEqual((await admin.audit.list({ type: 'official_Type' })).data.map(one => one.id), [record.id]);
  },
  'what the platform records is there, too': async ({ admin }) => {
    await admin.userGroup.create({ name: 'recorded' });
    const { data } = await admin.audit.list({ type: 'Group', pageSize: 100 });
    const made = data.find(one => one.text.endsWith(': recorded'));
    assert.deepEqual([made.activity, made.user], ['Global role created', 'admin']);
    assert.ok(made.changes.some(change => change.attribute === 'name' && change.newValue === 'recorded'));
  },
});

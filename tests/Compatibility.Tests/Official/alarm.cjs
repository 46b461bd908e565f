'use strict';
const { assert, refused, steps } = require('./steps.cjs');

let made, pump;
const wish = type => ({ source: { id: pump.id }, type, text: 'Too hot', severity: 'MAJOR', time: '2026-11-20T08:00:00.000Z' });

steps({
  'an alarm is raised': async ({ admin }) => {
    pump = (await admin.inventory.create({ name: 'Pump' })).data;
    const { res, data } = await admin.alarm.create(wish('official_Hot'));
    assert.equal(res.status, 201);
    assert.deepEqual([data.status, data.severity, data.count], ['ACTIVE', 'MAJOR', 1]);
    made = data;
  },
  'the same alarm is counted and not made again': async ({ admin }) => {
    const { data } = await admin.alarm.create({ ...wish('official_Hot'), time: '2026-11-20T09:00:00.000Z' });
    assert.deepEqual([data.id, data.count, data.time], [made.id, 2, '2026-11-20T09:00:00.000Z']);
  },
  'an alarm is read and acknowledged': async ({ admin }) => {
    assert.equal((await admin.alarm.detail(made.id)).data.text, 'Too hot');
    assert.equal((await admin.alarm.update({ id: made.id, status: 'ACKNOWLEDGED' })).data.status, 'ACKNOWLEDGED');
  },
  'alarms are listed and counted by status and severity': async ({ admin }) => {
    await admin.alarm.create(wish('official_Wet'));
    const listed = async filter => (await admin.alarm.list({ source: pump.id, ...filter })).data.map(one => one.type);
    assert.deepEqual(await listed({ status: 'ACTIVE' }), ['official_Wet']);
    assert.deepEqual((await listed({ status: 'ACTIVE,ACKNOWLEDGED', severity: 'MAJOR' })).sort(), ['official_Hot', 'official_Wet']);
    assert.equal((await admin.alarm.count({ source: pump.id })).data, 2);
  },
  'many alarms are cleared at once': async ({ admin }) => {
    assert.equal((await admin.alarm.updateBulk({ status: 'CLEARED' }, { source: pump.id, resolved: false })).status, 200);
    assert.equal((await admin.alarm.count({ source: pump.id, resolved: false })).data, 0);
  },
  'a cleared alarm does not come again: another does': async ({ admin }) => {
    assert.notEqual((await admin.alarm.create(wish('official_Hot'))).data.id, made.id);
  },
  'an alarm of nothing, and one that is none': async ({ admin }) => {
    await refused(422, null, () => admin.alarm.create({ ...wish('official_Hot'), source: { id: '999999999' } }));
    await refused(404, 'alarm/Not Found', () => admin.alarm.detail('999999999'));
  },
});

'use strict';
const { assert, refused, steps } = require('./steps.cjs');

let made, pump;
const at = time => ({ source: { id: pump.id }, type: 'official_Event', text: 'A door was opened', time });

steps({
  'an event is made with its fragments': async ({ admin }) => {
    pump = (await admin.inventory.create({ name: 'Pump' })).data;
    const { res, data } = await admin.event.create({ ...at('2026-11-20T08:00:00.000Z'), official_Door: { number: 3 } });
    assert.equal(res.status, 201);
    assert.deepEqual([data.source.id, data.official_Door], [pump.id, { number: 3 }]);
    made = data;
  },
  'an event of nothing is refused': async ({ admin }) => {
    await refused(422, null, () => admin.event.create({ ...at('2026-11-20T08:00:00.000Z'), source: { id: '999999999' } }));
  },
  'an event is read': async ({ admin }) => {
    assert.equal((await admin.event.detail(made.id)).data.text, 'A door was opened');
  },
  'an event is changed by its text and fragments': async ({ admin }) => {
    const { data } = await admin.event.update({ id: made.id, text: 'It was closed', official_More: {} });
    assert.deepEqual([data.text, data.official_Door, data.official_More], ['It was closed', { number: 3 }, {}]);
  },
  'events are listed newest first, page by page': async ({ admin }) => {
    const { data: later } = await admin.event.create(at('2026-11-20T09:00:00.000Z'));
    const first = await admin.event.list({ source: pump.id, type: 'official_Event', pageSize: 1, withTotalPages: true });
    assert.deepEqual(first.data.map(one => one.id), [later.id]);
    assert.equal(first.paging.totalPages, 2);
    assert.deepEqual((await first.paging.next()).data.map(one => one.id), [made.id]);
  },
  'an event is deleted': async ({ admin }) => {
    assert.equal((await admin.event.delete(made)).res.status, 204);
    await refused(404, 'event/Not Found', () => admin.event.detail(made));
  },
});

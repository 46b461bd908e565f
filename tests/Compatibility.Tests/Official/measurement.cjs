'use strict';
const { assert, refused, steps } = require('./steps.cjs');

let made, pump;
const at = (time, value) => ({ sourceId: pump.id, time, type: 'official', c8y_T: { T: { value, unit: 'C' } } });

steps({
  'a measurement is made': async ({ admin }) => {
    pump = (await admin.inventory.create({ name: 'Pump' })).data;
    const { res, data } = await admin.measurement.create(at('2026-11-20T08:00:00.000Z', 1.5));
    assert.equal(res.status, 201);
    assert.deepEqual([data.source.id, data.c8y_T], [pump.id, { T: { value: 1.5, unit: 'C' } }]);
    made = data;
  },
  'a measurement of nothing is refused': async ({ admin }) => {
    await refused(422, null, () => admin.measurement.create({ ...at('2026-11-20T08:00:00.000Z', 1), sourceId: '999999999' }));
  },
  'a measurement is read': async ({ admin }) => {
    assert.equal((await admin.measurement.detail(made)).data.time, '2026-11-20T08:00:00.000Z');
  },
  'measurements are listed by what they are of, page by page': async ({ admin }) => {
    await admin.measurement.create(at('2026-11-20T09:00:00.000Z', 2.5));
    const first = await admin.measurement.list({ source: pump.id, dateFrom: '2026-11-20', dateTo: '2026-11-21', revert: true, pageSize: 1 });
    assert.equal(first.data[0].c8y_T.T.value, 2.5);
    const second = await first.paging.next();
    assert.deepEqual(second.data.map(one => one.id), [made.id]);
  },
  'series come in columns': async ({ admin }) => {
    const { res, data } = await admin.measurement.listSeries({ source: pump.id, dateFrom: '2026-11-20', dateTo: '2026-11-21', series: ['c8y_T.T', 'c8y_X.X'] });
    assert.equal(res.status, 200);
    assert.deepEqual(data, {
      values: { '2026-11-20T08:00:00.000Z': [{ min: 1.5, max: 1.5 }, null], '2026-11-20T09:00:00.000Z': [{ min: 2.5, max: 2.5 }, null] },
      series: [{ type: 'c8y_T', name: 'T', unit: 'C' }, { type: 'c8y_X', name: 'X' }],
      truncated: false,
    });
  },
  'series are drawn together by day': async ({ admin }) => {
    const { data } = await admin.measurement.listSeries({ source: pump.id, dateFrom: '2026-11-20', dateTo: '2026-11-21', aggregationType: 'DAILY' });
    assert.deepEqual(data.values, { '2026-11-20T00:00:00.000Z': [{ min: 1.5, max: 2.5 }] });
  },
  'a measurement is deleted': async ({ admin }) => {
    assert.equal((await admin.measurement.delete(made)).res.status, 204);
    await refused(404, 'measurement/Not Found', () => admin.measurement.detail(made));
  },
});

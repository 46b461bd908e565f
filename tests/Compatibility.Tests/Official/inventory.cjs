'use strict';
const { assert, refused, steps } = require('./steps.cjs');

let group, pump;

steps({
  'an object is made with its fragments': async ({ admin }) => {
    const { res, data } = await admin.inventory.create({ id: 'mine', name: 'Pump', type: 'official_Pump', c8y_IsDevice: {}, official_Site: { plant: 1.50 } });
    assert.equal(res.status, 201);
    assert.match(data.id, /^\d+$/);
    assert.deepEqual([data.owner, data.official_Site], ['admin', { plant: 1.5 }]);
    pump = data;
  },
  'an object is read': async ({ admin }) => {
    const { data } = await admin.inventory.detail(pump.id, { withParents: true });
    assert.deepEqual([data.name, data.c8y_IsDevice, data.childDevices.references, data.assetParents.references], ['Pump', {}, [], []]);
  },
  'an object is changed by its fragments': async ({ admin }) => {
    const { data } = await admin.inventory.update({ id: pump.id, name: 'Pump 2', official_Site: null, official_New: [1] });
    assert.deepEqual([data.name, data.type, data.official_Site, data.official_New], ['Pump 2', 'official_Pump', undefined, [1]]);
  },
  'objects are listed page by page and counted': async ({ admin }) => {
    await admin.inventory.create({ type: 'official_Pump' });
    const first = await admin.inventory.list({ type: 'official_Pump', pageSize: 1, withTotalPages: true });
    assert.equal(first.paging.totalPages, 2);
    assert.equal(first.data[0].id, pump.id);
    const second = await first.paging.next();
    assert.equal(second.data.length, 1);
    assert.notEqual(second.data[0].id, pump.id);
    assert.equal((await admin.inventory.count({ type: 'official_Pump' })).data, 2);
  },
  'a child device is made, listed and removed': async ({ admin }) => {
    const { data: child } = await admin.inventory.childDevicesCreate({ name: 'Valve' }, pump);
    assert.deepEqual((await admin.inventory.childDevicesList(pump)).data.map(one => one.name), ['Valve']);
    assert.equal((await admin.inventory.childDevicesRemove(child, pump)).res.status, 204);
    assert.deepEqual((await admin.inventory.childDevicesList(pump)).data, []);
  },
  'objects are put into a group': async ({ admin }) => {
    group = (await admin.inventory.create({ name: 'Plant', type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} })).data;
    const { data: other } = await admin.inventory.create({ name: 'Other' });
    assert.equal((await admin.inventory.childAssetsAdd(pump, group)).data.id, pump.id);
    await refused(409, 'inventory/conflict', () => admin.inventory.childAssetsAdd(pump, group));
    const { data } = await admin.inventory.childAssetsBulkAdd([other], group);
    assert.deepEqual(data.map(one => one.id), [other.id]);
    const { data: listed } = await admin.inventory.list({ ids: pump.id, withGroups: true });
    assert.equal(listed[0].assetParents.references[0].managedObject.id, group.id);
  },
  'roots are those below nothing': async ({ admin }) => {
    const { data } = await admin.inventory.list({ onlyRoots: true, withChildrenCount: true, pageSize: 2000 });
    assert.equal(data.find(one => one.id === group.id).childAssets.count, 2);
    assert.equal(data.find(one => one.id === pump.id), undefined);
  },
  'an addition is made and removed': async ({ admin }) => {
    const { data: note } = await admin.inventory.childAdditionsCreate({ name: 'Note' }, pump);
    assert.deepEqual((await admin.inventory.childAdditionsList(pump)).data.map(one => one.id), [note.id]);
    assert.equal((await admin.inventory.childAdditionsRemove(note.id, pump.id)).res.status, 204);
  },
  'what is measured is supported from then on': async ({ admin }) => {
    assert.deepEqual(await admin.inventory.getSupportedSeries(pump.id), []);
    await admin.measurement.create({ sourceId: pump.id, official_T: { T: { value: 1 }, U: { value: 2 } } });
    assert.deepEqual(await admin.inventory.getSupportedMeasurements(pump.id), ['official_T']);
    assert.deepEqual(await admin.inventory.getMeasurementsAndSeries(pump.id), [{ fragment: 'official_T', series: 'T' }, { fragment: 'official_T', series: 'U' }]);
  },
  'an object is deleted': async ({ admin }) => {
    assert.equal((await admin.inventory.delete(pump, { cascade: true })).res.status, 204);
    await refused(404, 'inventory/Not Found', () => admin.inventory.detail(pump));
  },
});

'use strict';
const { BasicAuth, Client, FetchClient } = require('@c8y/client');
const { assert, refused, steps } = require('./steps.cjs');

steps({
  'credentials name their tenant and the client learns it': async ({ admin, operator }) => {
    assert.equal(admin.core.tenant, 't1');
    assert.equal(operator.core.tenant, 'management');
  },
  'a wrong password is refused in a way that makes no browser ask': async ({ as }) => {
    const { res } = await refused(401, 'security/Unauthorized', () => as('t1', 'admin', 'Not-the-password-1'));
    assert.match(res.headers.get('www-authenticate'), /^XBasic /);
  },
  'a client without a tenant is of the one that the host names': async ({ baseUrl, adminPassword }) => {
    const client = await Client.authenticate({ user: 'admin', password: adminPassword }, baseUrl);
    assert.equal(client.core.tenant, 't1');
  },
  'a request of its own takes lists as repeated parameters': async ({ admin, baseUrl, adminPassword }) => {
    const ids = [(await admin.inventory.create({})).data.id, (await admin.inventory.create({})).data.id];
    const fetching = new FetchClient(new BasicAuth({ tenant: 't1', user: 'admin', password: adminPassword }), baseUrl);
    const res = await fetching.fetch('/inventory/managedObjects', { params: { ids, pageSize: 100 } });
    assert.equal(res.status, 200);
    assert.deepEqual((await res.json()).managedObjects.map(one => one.id), ids);
  },
});

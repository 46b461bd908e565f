'use strict';
const { assert, refused, steps } = require('./steps.cjs');

let made;

steps({
  'the current tenant is named': async ({ admin }) => {
    const { data } = await admin.tenant.current();
    assert.equal(data.name, 't1');
    assert.equal(await admin.tenant.currentTenantType(), 'REGULAR');
  },
  'the operator makes a tenant': async ({ operator }) => {
    const { res, data } = await operator.tenant.create({
      company: 'Pumps Ltd', domain: 'official-pumps', adminName: 'boss', adminEmail: 'boss@example.com', adminPass: 'Password-of-boss-1',
    });
    assert.equal(res.status, 201);
    assert.match(data.id, /^t\d+$/);
    made = data;
  },
  'its administrator signs in': async ({ as }) => {
    assert.equal((await as(made.id, 'boss', 'Password-of-boss-1')).core.tenant, made.id);
  },
  'a tenant is read, listed and changed': async ({ operator }) => {
    assert.equal((await operator.tenant.detail(made.id)).data.company, 'Pumps Ltd');
    assert.ok((await operator.tenant.list({ pageSize: 100 })).data.some(one => one.id === made.id));
    assert.equal((await operator.tenant.update({ id: made.id, company: 'Valves Ltd' })).data.company, 'Valves Ltd');
  },
  'a suspended tenant is served no more': async ({ as, operator }) => {
    await operator.tenant.update({ id: made.id, status: 'SUSPENDED' });
    await refused(401, 'security/Unauthorized', () => as(made.id, 'boss', 'Password-of-boss-1'));
  },
  'no tenant sees another': async ({ admin }) => {
    await refused(403, 'security/Forbidden', () => admin.tenant.detail(made.id));
    await refused(403, 'security/Forbidden', () => admin.tenant.list());
  },
});

'use strict';
// Runs the steps of one service with the official client, in their order, and prints one JSON line for each: its name, and what went wrong
// if anything did, in the client's own words. Arguments: base URL, the tenant administrator's password, the operator's.
const assert = require('node:assert/strict');
const { Client } = require('@c8y/client');

const [baseUrl, adminPassword, operatorPassword] = process.argv.slice(2);
const as = (tenant, user, password) => Client.authenticate({ tenant, user, password }, baseUrl);

/** Fails unless the call is refused with this status (and, where given, this error of the interface). */
async function refused(status, error, call) {
  const outcome = await call().then(() => null, failure => failure);
  assert.notEqual(outcome, null, `It was not refused with ${status}.`);
  if (!outcome.res) throw outcome;
  assert.equal(outcome.res.status, status);
  if (error) assert.equal(outcome.data.error, error);
  return outcome;
}

function told(failure) {
  if (!failure.res) return failure.stack;
  const data = failure.data;
  return `${failure.res.status} ${failure.res.url}: ${data && data.message ? `${data.error}: ${data.message}` : JSON.stringify(data)}`;
}

async function steps(named) {
  const context = { as, baseUrl, adminPassword };
  for (const [step, act] of Object.entries(named)) {
    let problem = null;
    try {
      context.admin ??= await as('t1', 'admin', adminPassword);
      context.operator ??= await as('management', 'admin', operatorPassword);
      await act(context);
    } catch (failure) {
      problem = told(failure);
    }
    console.log(JSON.stringify({ step, problem }));
  }
}

module.exports = { assert, refused, steps };

// The story of a request in a real browser before a real hub and three real nodes: a researcher asks three holders, one grants,
// one asks back, one refuses; exact counts and training go where it was granted only; a revocation ends the job that runs;
// the public register tells it in two languages. Every page on the way is looked at by axe.
// UNICA_ACCESS_SHOTS=DIR keeps pictures.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { axeLook } from './axe.js';
import { launchBrowser, noStory } from './story.js';

const shots = process.env.UNICA_ACCESS_SHOTS;
const SITES = ['lisbon', 'athens', 'jena'];
const GUESTS = { lisbon: 'Example guest one', athens: 'Example guest two', jena: 'Example guest three' };

const skip = noStory ?? false;

describe('a request for access in a browser', { skip }, () => {
  const ends = [];
  let browser;
  let rig;
  let spec;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    const { openConsentRig } = await import('../../dist/village/consent-rig.js');
    const { freePort } = await import('../../dist/village/free-port.js');
    const { TINY_JOB } = await import('../../dist/village/tiny-job.js');
    spec = { ...TINY_JOB, sites: ['lisbon'], rounds: 400 };
    rig = await openConsentRig(
      { after: (end) => ends.push(end) },
      { siteIds: SITES, approval: 'automatic', hub: { demonstration: 'true', port: String(await freePort(18_480)) } },
    );
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    for (const end of ends.reverse()) await end();
  });

  /** A browser of its own in which an example person is signed in. */
  async function as(name, { language = 'en', width = 1280, scheme = 'light' } = {}) {
    const context = await browser.newContext({
      locale: language,
      viewport: { width, height: 900 },
      colorScheme: scheme,
    });
    const page = await context.newPage();
    page.complaints = [];
    page.on('pageerror', (error) => page.complaints.push(error.message));
    if (name === null) return page;
    await page.goto(`${rig.hubUrl}/auth/sign-in?return=/access`);
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  async function go(page, path) {
    await page.goto(`${rig.hubUrl}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
  }

  async function sound(page, name) {
    const { violations } = await axeLook(page);
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.target}`),
      [],
    );
    assert.deepEqual(page.complaints, []);
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  }

  /** A call of the hub's API in the session of whoever is signed in. */
  async function call(page, method, path, body) {
    return await page.evaluate(
      async ({ method, path, body }) => {
        const { csrfToken } = await (await fetch('/api/session')).json();
        const answer = await fetch(path, {
          method,
          headers: { 'content-type': 'application/json', 'x-unica-csrf': csrfToken },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: answer.status, body: await answer.json() };
      },
      { method, path, body },
    );
  }

  async function until(look) {
    for (const endMs = Date.now() + 90_000; ; ) {
      const value = await look();
      if (value !== undefined) return value;
      assert.ok(Date.now() < endMs, 'it did not happen in time');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  test('from the invitation of committees to the public register', async () => {
    const coordinator = await as('Example coordinator');
    const members = {};
    for (const site of SITES) {
      await go(coordinator, '/committees');
      await coordinator.getByRole('button', { name: `Invite a member to the committee of ${site}` }).click();
      const code = await coordinator.locator('.notice code').textContent();
      members[site] = await as(GUESTS[site]);
      await go(members[site], '/committees');
      await members[site].getByLabel('Code of the invitation').fill(code);
      await members[site].getByRole('button', { name: 'Take up a post' }).click();
      await members[site].getByText(`You now sit on the committee of ${site}.`).waitFor();
    }
    await go(coordinator, '/committees');
    await sound(coordinator, 'committees');

    const researcher = await as('Example researcher');
    await go(researcher, '/access/new');
    for (const site of SITES) await researcher.getByLabel(`(${site}/`).check();
    await researcher.getByLabel('exact counts').check();
    await researcher.getByLabel('Title').fill('Opacities <script>alert(1)</script>');
    await researcher.getByLabel('Purpose').fill('=1+1 To learn opacities of the lung.');
    await researcher.getByLabel('Kind of research').selectOption('health');
    await researcher.getByLabel('Country of the organisation').selectOption('PT');
    await researcher.getByLabel('The organisation does not seek profit').check();
    await researcher.getByLabel('results will be published').check();
    await sound(researcher, 'request-form');
    await researcher.getByRole('button', { name: 'Keep and check' }).click();
    await researcher.getByText('How the conditions stand to your purpose').waitFor();
    await researcher.getByText('The kind of research fits.').nth(2).waitFor();
    await sound(researcher, 'draft');
    await researcher.getByRole('button', { name: 'Send to the holders' }).click();
    await researcher.getByRole('heading', { name: 'At lisbon' }).waitFor();
    const path = new URL(researcher.url()).pathname;
    const requestId = path.split('/').at(-1);

    const { lisbon, athens, jena } = members;
    await go(lisbon, '/access');
    await lisbon.getByRole('heading', { name: 'Waiting for you (1)' }).waitFor();
    await sound(lisbon, 'inbox');
    await go(lisbon, path);
    const room = lisbon.getByRole('region', { name: 'At lisbon' });
    assert.equal(
      await lisbon.getByRole('region', { name: 'At jena' }).getByRole('button', { name: 'Grant' }).count(),
      0,
    );
    await room.getByLabel('Reason for the decision').fill('The purpose is sound.');
    await room.getByLabel('Conditions for a grant').fill('Name the hospital.');
    await sound(lisbon, 'committee-room');
    await room.getByRole('button', { name: 'Grant' }).press('Enter');
    await room.getByText('Name the hospital.').waitFor();

    await go(athens, path);
    const asking = athens.getByRole('region', { name: 'At athens' });
    await asking.locator('summary', { hasText: 'Ask back' }).click();
    await asking.getByLabel('Question to the requester').fill('For how long are results kept?');
    await asking.getByRole('button', { name: 'Ask back' }).click();
    await asking.getByText('question to the requester').first().waitFor();

    await go(jena, path);
    const refusing = jena.getByRole('region', { name: 'At jena' });
    await refusing.getByLabel('Reason for the decision').fill('More than we can share.');
    await refusing.getByLabel('Reason of a refusal').selectOption('disproportionate');
    await refusing.getByRole('button', { name: 'Refuse' }).click();
    await refusing.getByText('More is asked than the purpose needs.').first().waitFor();

    await go(researcher, path);
    await researcher.getByRole('region', { name: 'At athens' }).getByText('For how long are results kept?').waitFor();
    await sound(researcher, 'request');
    await go(researcher, `${path}/letters/jena`);
    await researcher.getByText('More than we can share.').waitFor();
    await sound(researcher, 'letter');

    const search = await call(researcher, 'POST', '/api/searches', { query: { all: [] }, requestId });
    const counted = await until(async () => {
      const { body } = await call(researcher, 'GET', `/api/searches/${search.body.id}`);
      return body.pending.length === 0 ? body : undefined;
    });
    assert.deepEqual(
      counted.nodes.map(({ site, exact, persons }) => [site, exact, persons]),
      [['lisbon', true, { count: 40 }]],
    );
    const elsewhere = await call(researcher, 'POST', '/api/jobs', { spec: { ...spec, sites: ['jena'] }, requestId });
    assert.deepEqual([elsewhere.status, elsewhere.body.code], [403, 'hub.no-permit']);
    const job = await call(researcher, 'POST', '/api/jobs', { spec, requestId });
    const state = async () => (await call(researcher, 'GET', `/api/jobs/${job.body.jobId}`)).body;
    await until(async () => ((await state()).rounds.length >= 2 ? true : undefined));

    await go(lisbon, '/access');
    const permits = lisbon.getByRole('region', { name: 'Permits with dataset, operations, state and expiry' });
    const permitId = (await call(lisbon, 'GET', '/api/permits')).body.permits.find(
      (one) => one.requestId === requestId,
    ).permitId;
    await permits.getByRole('link', { name: permitId }).click();
    await lisbon.getByText('forbid (principal, action, resource)').first().waitFor();
    await sound(lisbon, 'permit');
    await lisbon.getByLabel('Reason for the decision').fill('The board has changed its mind.');
    await lisbon.getByRole('button', { name: 'Revoke' }).click();
    await lisbon.getByText('revoked').first().waitFor();
    const ended = await until(async () => {
      const view = await state();
      return view.state === 'running' ? undefined : view;
    });
    assert.notEqual(ended.state, 'finished');

    const words = {
      en: ['Public register', 'revoked', 'refused', 'More is asked than the purpose needs.'],
      de: ['Öffentliches Register', 'widerrufen', 'abgelehnt', 'Es wird mehr verlangt, als der Zweck braucht.'],
    };
    for (const [language, [title, ...texts]] of Object.entries(words)) {
      for (const [scheme, width] of [
        ['light', 1280],
        ['dark', 390],
      ]) {
        const anybody = await as(null, { language, scheme, width });
        await go(anybody, '/register');
        await anybody.getByRole('heading', { level: 1, name: title }).waitFor();
        const project = anybody.getByRole('article').filter({ hasText: '<script>alert(1)</script>' });
        await project.getByText('=1+1 To learn opacities of the lung.').waitFor();
        for (const text of texts) await anybody.getByText(text, { exact: true }).first().waitFor();
        assert.ok((await anybody.evaluate(() => document.documentElement.scrollWidth)) <= width);
        await sound(anybody, `register-${language}-${scheme}-${width}`);
        await anybody.context().close();
      }
    }
  });
});

// The academy before a real hub: the sandbox trains in the browser, and hospitals that are unlike draw the curves apart. Times are told,
// not asserted. Every lesson as it opens is looked at by pages.browser.js, light and dark, in three alphabets; here are the states that a learner
// brings it to. UNICA_ACADEMY_SHOTS=DIR keeps pictures.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { assertSound, noStory, openCountedStory, openPage, settled } from './story.js';

const shots = process.env.UNICA_ACADEMY_SHOTS;
const skip = noStory ?? false;

describe('the academy, in a browser', { skip }, () => {
  let browser;
  let network;
  let story;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    story = await openCountedStory({ sites: 1, studies: 10, portFrom: 19_280 });
    ({ network, browser } = story);
  });

  after(async () => {
    await story?.close();
  });

  test('two virtual hospitals train in the browser, and skew draws what each learns alone away from what they learn together', async (context) => {
    const page = await openPage(browser, `${network.hub.url}/academy/sandbox`, { patienceMs: 120_000 });
    await page.getByText('The pictures are synthetic').waitFor();
    const elsewhere = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(network.hub.url)) elsewhere.push(request.url());
    });
    const figures = async () =>
      await page.evaluate(() =>
        Object.fromEntries(
          [...document.querySelectorAll('.figure')].map((figure) => [
            figure.querySelector('dt').textContent,
            Number.parseInt(figure.querySelector('dd').textContent, 10),
          ]),
        ),
      );
    const trained = async (skew, { isShort = false } = {}) => {
      await page.getByLabel('How unlike they are').selectOption(skew);
      await page.getByRole('button', { name: 'Train' }).click();
      const status = page.getByRole('status').filter({ hasText: 'The training took' });
      if (!isShort) await page.getByRole('status').filter({ hasText: 'Training: round' }).waitFor();
      await status.waitFor();
      context.diagnostic(`α = ${skew}: ${await status.textContent()}`);
      return await figures();
    };
    const alike = await trained('100');
    const unlike = await trained('0.1');
    // As small as it may be, twice: what is asked for here is that it is the same.
    await page.getByLabel('Pictures, all together').fill('60');
    await page.getByLabel('Rounds', { exact: true }).fill('3');
    const short = await trained('1', { isShort: true });
    await page.getByRole('button', { name: 'Train' }).click();
    // The run of before has the same words at its end: this one has ended when it can no longer be stopped.
    await page.getByRole('button', { name: 'Stop', disabled: false }).waitFor();
    await page.getByRole('button', { name: 'Stop', disabled: true }).waitFor();
    assert.deepEqual(await figures(), short, 'equal choices give equal figures');
    const gap = (of) => of['Together (federated)'] - of['Each alone (mean)'];
    context.diagnostic(`alike ${JSON.stringify(alike)}; unlike ${JSON.stringify(unlike)}`);
    assert.ok(gap(unlike) > gap(alike) + 10, 'alone, unlike hospitals fall further behind');
    assert.ok(unlike['Together (federated)'] > 60, 'together they learn more than guessing among four kinds');
    assert.equal(
      await page.getByRole('region', { name: 'Your runs side by side' }).first().locator('tbody tr').count(),
      4,
    );
    assert.deepEqual(elsewhere, [], 'nothing is asked of anyone else');
    await settled(page);
    await assertSound(page, 'sandbox-en', shots);
    await page.context().close();
  });

  test('a lesson computes with the learner’s own numbers, explains each answer, and is remembered by this browser alone', async () => {
    const page = await openPage(browser, `${network.hub.url}/academy`, { patienceMs: 60_000 });
    await page.getByLabel('Lessons for').selectOption('patient');
    const lessons = page.getByRole('list').filter({ hasText: 'Masks that cancel' });
    assert.equal(await lessons.getByRole('listitem').count(), 6);
    const sent = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET') sent.push(request.url());
    });

    await page.getByRole('link', { name: 'Masks that cancel' }).click();
    await page.getByLabel('Number of hospital A').fill('1000');
    const sum = page.locator('.figure', { hasText: 'Sum that the hub sees' }).locator('dd');
    assert.equal(await sum.textContent(), '1,053');
    const masked = () => page.getByRole('region', { name: 'What each hospital has' }).locator('td').allTextContents();
    const before = await masked();
    await page.getByRole('button', { name: 'Draw new masks' }).click();
    assert.notDeepEqual(await masked(), before);
    assert.equal(await sum.textContent(), '1,053');

    const answered = async (answer, title, explanation) => {
      await page.getByLabel(answer).check();
      await page.getByRole('button', { name: 'Check the answer' }).click();
      await page.getByText(title, { exact: true }).waitFor();
      await page.getByText(explanation).waitFor();
    };
    await answered('Roughly how large', 'Not quite', 'every masked number is as likely as any other');
    await answered('The number itself', 'Not quite', 'the hub does not have the masks');
    await answered('Nothing; only the sum', 'Right', 'that is the lesson on privacy budgets');
    await assertSound(page, 'masks-en', shots);
    await page.getByRole('link', { name: 'All lessons' }).click();
    await page.getByText('done', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('done', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Forget what I have done' }).click();
    assert.equal(await page.getByText('done', { exact: true }).count(), 0);
    assert.deepEqual(sent, [], 'nothing is told to anybody');

    await page.goto(`${network.hub.url}/academy/lessons/averages`);
    const mean = page.locator('.figure', { hasText: 'Mean over all patients' }).locator('dd');
    assert.equal(await mean.textContent(), '91%');
    await page.getByLabel('Right at B').fill('5');
    assert.equal(await mean.textContent(), '86%');
    await page.context().close();
  });

  test('the budget is the accountant’s: more noise, less spent; in three alphabets', async () => {
    const { budgetOf } = await import('../../dist/academy/index.js');
    for (const language of ['en', 'el', 'uk']) {
      const page = await openPage(browser, `${network.hub.url}/academy/lessons/budget`, {
        language,
        patienceMs: 60_000,
      });
      const shown = async () => await page.locator('.figure dd').textContent();
      const expected = (noiseMultiplier) =>
        new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(
          budgetOf({ pictures: 2000, passes: 40, noiseMultiplier }),
        );
      assert.equal(await shown(), expected(1));
      await page.locator('select').selectOption('4');
      assert.equal(await shown(), expected(4));
      await page.context().close();
    }
  });

  test('each figure computes with what the learner enters, by the rooms of the product', async () => {
    const { lessonLeaving, lessonOversight } = await import('../../dist/academy/index.js');
    const page = await openPage(browser, `${network.hub.url}/academy/lessons/together`, { patienceMs: 60_000 });
    const figure = (label) => page.locator('.figure', { hasText: label }).locator('dd');
    const open = async (lesson) => {
      await page.goto(`${network.hub.url}/academy/lessons/${lesson}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    };
    // 800 with 10 %, 300 with 40 %, 100 with 70 %: 270 of 1200.
    assert.equal(await figure('All in one place').textContent(), '23%');
    await page.getByLabel('Patients at A').fill('100');
    assert.equal(await figure('All in one place').textContent(), '40%');

    await open('leaves');
    const { numbersOfRound } = lessonLeaving({
      studies: 20_000,
      megabytesOfStudy: 50,
      model: 'breast-risk',
      rounds: 20,
      isMasked: true,
    });
    assert.equal(
      await figure('Numbers sent in a round').textContent(),
      new Intl.NumberFormat('en').format(numbersOfRound),
    );
    assert.equal(await figure('Leaves: the count').textContent(), 'fewer than 10');
    await page.getByLabel('Patients who fit a question').fill('480');
    assert.match(await figure('Leaves: the count').textContent(), /^\d\d0$/);

    await open('calibration');
    assert.equal(await figure('What the groups say').textContent(), 'it promises too much');
    for (const [said, found] of [
      ['10%', '10'],
      ['30%', '30'],
      ['50%', '50'],
      ['70%', '70'],
      ['90%', '90'],
    ])
      await page.getByLabel(`Had it where the model said ${said}`).fill(found);
    assert.equal(await figure('What the groups say').textContent(), 'it fits what was found');

    await open('subgroups');
    const rows = page.getByRole('region', { name: 'Each group by itself' });
    assert.equal(await rows.getByText('withheld').count(), 0);
    await page.getByLabel('Patients in the small group').fill('12');
    assert.equal(await rows.getByText('withheld').count(), 2);

    await open('consent');
    assert.equal(await figure('People whose data are used').textContent(), '960');
    await page.getByLabel('Why the data may be used').selectOption('cancer-research');
    assert.equal(await figure('People whose data are used').textContent(), '160');
    await page.getByLabel('A law of the country lifts').check();
    assert.equal(await figure('People whose data are used').textContent(), '165');

    await open('role');
    assert.equal(await figure('Your role').textContent(), 'deployer');
    const { hours } = lessonOversight({ pictures: 500, illShare: 0.02, specificity: 0.9, minutesOfAlarm: 4 });
    assert.equal(await figure('Hours of checking').textContent(), hours.toFixed(1));
    // By keyboard alone: the last of the boxes before "device" is ticked with the space bar.
    await page.getByLabel('We put our name on it').focus();
    await page.keyboard.press('Space');
    assert.equal(await figure('Your role').textContent(), 'provider and deployer');
    await page.getByText('Have its conformity assessed').waitFor();
    await page.getByLabel('Deployer, with people').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.getByText('Right', { exact: true }).waitFor();
    assert.match(await page.getByRole('link', { name: 'AI Act, Regulation' }).getAttribute('href'), /2024\/1689/);
    await page.context().close();
  });
});

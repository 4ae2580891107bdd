// From a fresh folder to a node of tier 2 that answers a federated count, in a real browser, by what the guide says alone: the program is
// begun as a person would begin it, `unica node setup --practice --portal`, and everything after that is a page. What is typed is counted, and
// a person's time by a stated model: the keystroke-level model of Card, Moran and Newell (1980) for hands and decisions, and silent reading
// at 238 words a minute (Brysbaert 2019) for every line of the page itself when it is first before the person. The menu, the one dialog, the
// command and opening its address are not in it.
// UNICA_GUIDE_SHOTS=DIR keeps pictures; the figures are printed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertSound, launchBrowser, noStory, openPage, settled } from './story.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const shots = process.env.UNICA_GUIDE_SHOTS;
const skip = noStory ?? false;

/** Seconds: a key, a hand to the mouse and back, a look at a place with the mouse, a press, a decision; words in a minute. */
const KEY_S = 0.28;
const HANDS_S = 0.8;
const POINT_S = 1.1;
const PRESS_S = 0.2;
const DECIDE_S = 1.35;
const WORDS_A_MINUTE = 238;
/** What may be typed, and how long it may take. */
const MOST_FIELDS = 12;
const MOST_MINUTES = 10;

/** Somebody at a page: what they type, press and read is counted. */
class Person {
  fields = 0;
  clicks = 0;
  seconds = 0;
  words = 0;
  #read = new Set();

  constructor(page) {
    this.page = page;
  }

  /** Every line that is before the person and was not before is read. */
  async read() {
    // biome-ignore lint/performance/useDomNodeTextContent: what is folded away is not read.
    const text = await this.page.locator('main').innerText();
    const lines = text.split('\n').map((line) => line.trim());
    for (const line of lines.filter((one) => one !== '' && !this.#read.has(one))) {
      this.#read.add(line);
      const words = line.split(/\s+/).length;
      this.words += words;
      this.seconds += (60 * words) / WORDS_A_MINUTE;
    }
  }

  async press(place) {
    await this.read();
    await place.click();
    this.clicks += 1;
    this.seconds += DECIDE_S + POINT_S + PRESS_S;
  }

  async type(place, text) {
    await this.read();
    await place.fill(text);
    this.fields += 1;
    this.seconds += DECIDE_S + POINT_S + PRESS_S + HANDS_S + KEY_S * text.length;
  }
}

describe('the guide of a node in a browser', { skip }, () => {
  let browser;
  let folder;

  before(async () => {
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    folder = await mkdtemp(join(tmpdir(), 'unica-guide-'));
    browser = await launchBrowser();
  });

  after(async () => {
    for (const page of browser?.contexts().flatMap((context) => context.pages()) ?? [])
      if (shots !== undefined) await page.screenshot({ path: join(shots, 'left.png'), fullPage: true });
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Begins the program, and answers the address that it shows and a way to end it as Ctrl-C does. */
  async function begin(options) {
    const child = spawn(
      process.execPath,
      [join(root, 'dist/cli/main.js'), 'node', 'setup', '--portal', ...options, '--json'],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const told = [];
    child.stderr.on('data', (text) => told.push(String(text)));
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout });
    const link = await new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const found = /"link":\s*"([^"]+)"/.exec(line);
        if (found !== null) resolve(found[1]);
      });
      void ended.then(() => reject(new Error(told.join(''))));
    });
    return {
      link,
      async end() {
        child.kill('SIGINT');
        await ended;
      },
    };
  }

  const step = (page, name) => page.locator(`#step-${name}`);
  const stateOf = async (page, name, state) => await page.locator(`#step-${name}[data-state="${state}"]`).waitFor();
  const follow = async (link, options) => {
    const page = await openPage(browser, link, { patienceMs: 60_000, ...options });
    await page.waitForURL(/\/guide$/);
    await step(page, 'machine').waitFor();
    await settled(page);
    return page;
  };

  test('practice: from nothing to a node that answers a count, by the guide alone', async () => {
    const program = await begin(['--practice']);
    const page = await follow(program.link);
    const person = new Person(page);
    const asTold = async (place) =>
      (await place.getByText('In this practice: ').textContent()).split('In this practice: ')[1].trim();
    await stateOf(page, 'way-out', 'open');
    await assertSound(page, 'first', shots);
    await person.type(page.getByLabel('Address of the hub'), await asTold(step(page, 'way-out')));
    await person.press(page.getByRole('button', { name: 'Check the way' }));
    await stateOf(page, 'way-out', 'done');
    await stateOf(page, 'enrolment', 'open');
    await person.type(page.getByLabel('One-time code'), await asTold(step(page, 'enrolment')));
    await person.press(page.getByRole('button', { name: 'Join the network' }));
    // The node has taken the place of the pages before it, and the person is signed in there.
    await page.waitForFunction(() => document.title.includes('Practice hospital'));
    await step(page, 'machine').waitFor();
    await stateOf(page, 'enrolment', 'done');
    await person.read();
    if (shots !== undefined) await page.screenshot({ path: join(shots, 'joined.png'), fullPage: true });
    // The coordinator takes a moment, and the page sees it by itself.
    await stateOf(page, 'membership', 'done');
    await stateOf(page, 'dossier', 'open');
    if ((await step(page, 'dossier').locator('> details[open]').count()) === 0)
      await person.press(step(page, 'dossier').locator('summary').first());
    await person.press(page.getByRole('button', { name: 'Put example documents in' }));
    await stateOf(page, 'dossier', 'done');
    await stateOf(page, 'responsible', 'done');
    await stateOf(page, 'images', 'open');
    await assertSound(page, 'images', shots);
    await person.type(page.getByLabel("Folder or file on the node's machine"), await asTold(step(page, 'images')));
    await person.press(step(page, 'images').getByRole('button', { name: 'Start the import' }));
    await stateOf(page, 'images', 'done');
    await stateOf(page, 'dataset', 'open');
    await person.press(step(page, 'dataset').getByRole('link', { name: /Open: / }));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await settled(page);
    await person.type(page.getByRole('textbox', { name: /^Title/ }), 'Chest films');
    await person.press(page.getByRole('button', { name: /^Publish version 1/ }));
    await person.press(page.getByRole('dialog').getByRole('button', { name: /^Publish/ }));
    await page.getByText('Version 1 is what the node holds').first().waitFor();
    await person.press(page.getByRole('link', { name: 'Guide' }));
    await stateOf(page, 'tier-1', 'done');
    await stateOf(page, 'tier-2', 'done');
    await person.press(step(page, 'tier-2').locator('summary').first());
    await person.press(page.getByRole('button', { name: 'Ask a practice question' }));
    const told = page.getByText('The network was told of this many people: ');
    await told.waitFor();
    const persons = Number((await told.textContent()).split(': ')[1]);
    assert.ok(persons >= 10, `a count that is told, not ${persons}`);
    await page.getByText('Counts answered so far: 1').waitFor();
    await person.read();
    const minutes = person.seconds / 60;
    process.stdout.write(
      `guide: typed fields ${person.fields}, clicks ${person.clicks}, words read ${person.words}, person's time ${minutes.toFixed(1)} min, people told ${persons}\n`,
    );
    await person.press(step(page, 'questionnaires').locator('summary').first());
    await assertSound(page, 'tier-2', shots);
    for (const language of ['Ελληνικά', 'Українська']) {
      await page.getByRole('button', { name: /^(Language|Γλώσσα)$/ }).click();
      await page.getByRole('menuitemradio', { name: language }).click();
      await settled(page);
      await assertSound(page, `tier-2-${language}`, shots);
    }
    assert.ok(person.fields <= MOST_FIELDS, `${person.fields} fields`);
    assert.ok(minutes <= MOST_MINUTES, `${minutes} minutes`);
    await page.context().close();
    await program.end();
  });
});

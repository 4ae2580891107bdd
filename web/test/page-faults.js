// What several tests look for on a page in a browser: that it has come to rest, fits its width, cuts no words off, and shows words rather than their keys.

/**
 * Waits until the page has its heading, nothing on it is still loading, and nothing has been asked of the house for a moment.
 * @note Shorter than Playwright's `networkidle`, which waits half a second on every page.
 */
export async function rested(page, quietMs = 100) {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(
    ([quiet]) => {
      const isLoading = document.querySelector('.empty[role="status"], main [aria-busy="true"]') !== null;
      const latest = Math.max(0, ...performance.getEntriesByType('resource').map(({ responseEnd }) => responseEnd));
      return !isLoading && performance.now() - latest > quiet && document.fonts.status === 'loaded';
    },
    [quietMs],
    { polling: 50 },
  );
}

/** That the page scrolls sideways, and goes on doing so. @param when in words, for the fault */
export async function widthFaults(page, width, when) {
  return await lasting(page, async () => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    return wide > width ? [`${wide} px wide ${when}`] : [];
  });
}

/** Faults that stay: figures are drawn anew after the screen has changed, on a busy machine not at once. */
async function lasting(page, look, tries = 6) {
  let faults = await look();
  for (let again = 1; again < tries && faults.length > 0; again += 1) {
    await page.waitForTimeout(700);
    faults = await look();
  }
  return faults;
}

/**
 * Words that are cut off, stand outside the box that they belong to, or lie over other words. Each line of words is measured where it is drawn.
 * @note What may be scrolled to is not cut off; nor is what ends in an ellipsis on purpose.
 */
export async function wordFaults(page, when) {
  const faults = await lasting(page, async () => await wordFaultsNow(page));
  return faults.map((fault) => `${when}: ${fault}`);
}

async function wordFaultsNow(page) {
  return await page.evaluate(() => {
    const NEAR = 2;
    const found = [];
    const lines = [];
    const told = (node, what) => found.push(`${what}: “${node.textContent.trim().slice(0, 60)}” in ${markOf(node)}`);
    const markOf = ({ parentElement }) => {
      const [name = ''] = (parentElement.getAttribute('class') ?? '').split(' ');
      return `${parentElement.tagName.toLowerCase()}.${name}`;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const own = node.parentElement;
      if (node.textContent.trim() === '' || /^(SCRIPT|STYLE|NOSCRIPT)$/.test(own.tagName)) continue;
      if (!own.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
      if (rects.length === 0) continue;
      const isSvg = own instanceof SVGElement;
      const [left, right] = [Math.min(...rects.map((one) => one.left)), Math.max(...rects.map((one) => one.right))];
      const bottom = Math.max(...rects.map((one) => one.bottom));
      let isBox = isSvg;
      let isHidden = false;
      let isScrolled = false;
      let isClamped = false;
      for (let box = own; box !== null && box !== document.documentElement; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (style.display === 'contents') continue;
        const edge = box.getBoundingClientRect();
        if (edge.width <= 2 || edge.height <= 2 || style.clipPath !== 'none') {
          // For screen readers alone.
          isHidden = edge.width <= 2 || edge.height <= 2;
          break;
        }
        if (style.display === 'inline') continue;
        const [clipsX, clipsY] = [/hidden|clip/.test(style.overflowX), /hidden|clip/.test(style.overflowY)];
        // What ends in an ellipsis, after one line or after some, is meant to.
        if (!isScrolled && style.textOverflow !== 'ellipsis' && style.webkitLineClamp === 'none') {
          if (clipsX && (right > edge.right + NEAR || left < edge.left - NEAR)) told(node, 'cut off sideways');
          else if (!isBox && !clipsX && !/auto|scroll/.test(style.overflowX) && right > edge.right + NEAR)
            told(node, 'stands out of its box');
          // The lowest parts of letters reach a little below a tight line.
          if (clipsY && bottom > edge.bottom + 4) told(node, 'cut off below');
        }
        isClamped ||= style.webkitLineClamp !== 'none';
        isBox = true;
        if (/auto|scroll/.test(`${style.overflowX} ${style.overflowY}`)) isScrolled = true;
        if (style.position === 'fixed') {
          // A menu that is put aside.
          isHidden = edge.right <= 0 || edge.left >= document.documentElement.clientWidth;
          break;
        }
      }
      if (isHidden) continue;
      if (!isScrolled && own.closest('code, pre, .mono, [lang="en"]') === null) brokenWords(node, range);
      if (!isScrolled && (right > document.documentElement.clientWidth + NEAR || left < -NEAR))
        told(node, 'stands off the screen');
      if (!isScrolled && !isClamped && own.closest('[data-overlay], header') === null)
        lines.push(...rects.map((rect) => ({ node, rect })));
    }
    lines.sort((one, other) => one.rect.top - other.rect.top);
    for (const [index, { node, rect }] of lines.entries()) {
      for (let next = index + 1; next < lines.length && lines[next].rect.top < rect.bottom; next += 1) {
        const { node: other, rect: over } = lines[next];
        if (other === node || other.parentElement === node.parentElement) continue;
        const across = Math.min(rect.right, over.right) - Math.max(rect.left, over.left);
        const down = Math.min(rect.bottom, over.bottom) - Math.max(rect.top, over.top);
        if (across > 3 && down > 0.4 * Math.min(rect.height, over.height) && !isFixed(node) && !isFixed(other))
          told(node, `lies over “${other.textContent.trim().slice(0, 40)}”`);
      }
    }
    return [...new Set(found)];

    /** Words that go on in the next line; names of files and addresses may break anywhere. */
    function brokenWords(node, range) {
      for (const { 0: word, index } of node.textContent.matchAll(
        /(?<![\p{L}\p{N}./_-])\p{L}{4,26}(?![\p{L}\p{N}./_-])/gu,
      )) {
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (tops.size > 1) told(node, `the word ${word} is broken`);
      }
    }

    function isFixed({ parentElement }) {
      for (let one = parentElement; one !== null; one = one.parentElement)
        if (/fixed|sticky/.test(getComputedStyle(one).position)) return true;
      return false;
    }
  });
}

/** Keys of messages, and places for values, that are shown or read aloud instead of words. @param keys of a catalogue */
export async function keyFaults(page, keys) {
  const shown = await page.evaluate(() => {
    const names = ['aria-label', 'title', 'placeholder', 'alt', 'aria-description'];
    const said = [...document.querySelectorAll(names.map((name) => `[${name}]`).join(', '))].flatMap((one) =>
      names.map((name) => one.getAttribute(name) ?? ''),
    );
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) texts.push(node.textContent);
    return [document.title, ...texts, ...said].join('\n');
  });
  const isKey = new Set(keys.flatMap((key) => [key, key.replace(/_(zero|one|two|few|many|other)$/, '')]));
  const words = shown.split(/\s+/).map((word) => word.replace(/^[^\w]+|[^\w]+$/g, ''));
  return [
    ...[...new Set(words)].filter((word) => word.includes('.') && isKey.has(word)).map((key) => `shows the key ${key}`),
    ...[...new Set(shown.match(/\{\{[^}]*\}\}/g) ?? [])].map((place) => `shows ${place}`),
  ];
}

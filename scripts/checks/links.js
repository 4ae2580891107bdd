import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PAGES = /\.md$/;
const FOLDERS = ['docs', 'changes', 'conformance'];

/** Links and pictures of the pages lead to files that are there. Addresses elsewhere are not asked for. */
export function checkLinks(root) {
  const pages = [
    ...readdirSync(root).filter((name) => PAGES.test(name)),
    ...FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true })
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(folder, name)),
    ),
  ];
  const problems = pages.flatMap((page) =>
    linksOf(readFileSync(join(root, page), 'utf8')).flatMap(({ target, line }) =>
      existsSync(join(root, dirname(page), target)) ? [] : [`${page}:${line} leads to ${target}, which is not there`],
    ),
  );
  return { problems, note: `${pages.length} pages` };
}

function linksOf(text) {
  return text
    .split('\n')
    .flatMap((content, index) =>
      [...content.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
        .map(([, target]) => ({ target, line: index + 1 }))
        .filter(({ target }) => !/^[a-z]+:/.test(target)),
    );
}

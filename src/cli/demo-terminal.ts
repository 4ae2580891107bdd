import type { DemoReporter } from '#village';
import type { Terminal } from './terminal.ts';

/** The demo's story in the terminal: numbered steps, short lines, small tables. */
export function demoTerminal(terminal: Terminal): DemoReporter {
  let step = 0;
  let lastLiveMs = 0;
  return {
    step(title) {
      step += 1;
      terminal.line();
      terminal.line(`${terminal.tone('accent', String(step).padStart(2))}  ${terminal.tone('strong', title)}`);
    },
    line(text) {
      terminal.line(`    ${text}`);
    },
    live(text) {
      if (Date.now() - lastLiveMs < 100) return;
      lastLiveMs = Date.now();
      terminal.live(`    ${text}`);
    },
    table(headings, rows) {
      terminal.table(headings, rows, '    ');
    },
    warn(text) {
      terminal.complain(`    ${terminal.tone('warning', text)}`);
    },
  };
}

// Random lives of consents, opt-outs, permits, imports, counts, exports and jobs, many more than a test plays:
//   npm run campaign:wishes [GAMES] [STEPS]
import { playWishes } from '../dist/node/wishes-rig.js';

const [games = 200, steps = 400] = process.argv.slice(2).map(Number);
if (!(Number.isInteger(games) && games > 0 && Number.isInteger(steps) && steps > 0)) {
  process.stderr.write('Give whole numbers of games and of steps.\n');
  process.exit(2);
}
let looked = 0;
let faulty = 0;
for (let game = 0; game < games; game += 1) {
  const played = await playWishes({ seed: `campaign-${game}`, steps });
  looked += played.looked;
  for (const fault of played.faults.slice(0, 3)) process.stdout.write(`game campaign-${game}: ${fault}\n`);
  if (played.faults.length > 0) faulty += 1;
}
process.stdout.write(`${games} games of ${steps} steps, ${looked} looks at people, ${faulty} games with faults\n`);
process.exitCode = faulty === 0 ? 0 : 1;

import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { sha256Hex, UnicaError } from '#base';
import type { FlowerApp } from './flower-app.ts';

/** Words of what hub and relay say to each other, in the record `unica` of their messages. */
export const RELAY = {
  /** What the relay comes with: `next` asks for questions, `answer` brings one. */
  say: 'say',
  next: 'next',
  answer: 'answer',
  /** JSON, numbers of the questions that the relay has and that are not answered yet. */
  held: 'held',
  /** Number of the question that is answered. */
  question: 'question',
  /** Why there is no answer, and Flower's code of it. */
  error: 'error',
  errorCode: 'error-code',
  /** JSON, the questions; what they say are the records whose names begin with their number. */
  questions: 'questions',
  /** There will be no more questions. */
  over: 'over',
} as const;

const MODULE = 'unica_relay';

/**
 * The ServerApp of a job that a UNICA hub runs on somebody else's SuperLink. It decides nothing: the hub is a SuperNode of that SuperLink, and
 * what is asked of the others, and what becomes of their answers, is said there. It uses what is public of Flower 1.23 and later.
 */
function relayProgram(hubNodeId: bigint): string {
  return `"""Takes questions from a UNICA hub to SuperNodes and brings their answers back.

The hub is a SuperNode of this SuperLink too. It says what is asked of whom; nothing is added up here.
"""

import json
import threading
import time

from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp

HUB = ${hubNodeId}
# The hub answers sooner, if only that there is nothing to ask; what it does not answer is said again.
HUB_TTL = 30.0
# Without a word of the hub for so long, the run ends.
SILENT_SECONDS = 900.0
LOOK_SECONDS = 0.1
# A reply whose objects were announced and never came is not waited for any longer: whoever sent it may have fallen in between.
STUCK_SECONDS = 20.0
# A site's reply may be a while on its way; then the hub is told, and may ask again.
SITE_SECONDS = 300.0
UNAVAILABLE = 5

app = ServerApp()
client = ClientApp()


def records_of(message: Message):
    return dict(message.content.items())


class Pull:
    """Replies to some messages, fetched beside everything else: Flower waits two hours for objects that were announced."""

    def __init__(self, grid: Grid, names: list) -> None:
        self.names = names
        self.replies = []
        self.failure = None
        self.thread = threading.Thread(target=self.run, args=(grid,), daemon=True)
        self.thread.start()

    def run(self, grid: Grid) -> None:
        try:
            self.replies = list(grid.pull_messages(self.names))
        except Exception as failure:
            self.failure = failure


class Relay:
    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.asked = None
        self.asked_until = 0.0
        self.asked_before = set()
        self.told = {}
        self.open = {}
        self.late = []
        self.lost = {}
        self.heard = time.monotonic()

    def push(self, node: int, kind: str, content: RecordDict, group: str, ttl: float):
        message = Message(content, node, kind, ttl=ttl, group_id=group)
        for name in self.grid.push_messages([message]):
            return name
        return None

    def say(self, values: dict, records: dict, ttl: float):
        content = RecordDict({"unica": ConfigRecord(values), **records})
        return self.push(HUB, "query", content, "0", ttl)

    def ask_for_more(self) -> None:
        held = json.dumps([number for number, _ in self.open.values()])
        self.asked = self.say({"${RELAY.say}": "${RELAY.next}", "${RELAY.held}": held}, {}, HUB_TTL)
        self.asked_until = time.time() + HUB_TTL + 1.0

    def tell(self, values: dict, records: dict, until: float) -> None:
        now = time.time()
        if until - now <= 1.0:
            return
        name = self.say(values, records, min(HUB_TTL, until - now))
        self.told[name or object()] = (values, records, until, now + HUB_TTL + 1.0)

    def unavailable(self, number: str, until: float) -> None:
        values = {"${RELAY.say}": "${RELAY.answer}", "${RELAY.question}": number}
        values["${RELAY.error}"] = "its reply was announced and did not come"
        values["${RELAY.errorCode}"] = UNAVAILABLE
        self.tell(values, {}, until)

    def answered(self, reply: Message, number: str, until: float) -> None:
        values = {"${RELAY.say}": "${RELAY.answer}", "${RELAY.question}": number}
        if reply.has_error():
            values["${RELAY.error}"] = str(reply.error.reason)[:500]
            values["${RELAY.errorCode}"] = int(reply.error.code)
            self.tell(values, {}, until)
        else:
            self.tell(values, {f"a.{name}": record for name, record in records_of(reply).items()}, until)

    def ask(self, reply: Message) -> bool:
        records = records_of(reply)
        values = records["unica"]
        if values.get("${RELAY.over}", False):
            return False
        for question in json.loads(values.get("${RELAY.questions}", "[]")):
            number = question["number"]
            if any(number == held for held, _ in self.open.values()):
                continue
            prefix = number + "."
            content = RecordDict({n[len(prefix):]: r for n, r in records.items() if n.startswith(prefix)})
            until = question["until"]
            ttl = max(1.0, until - time.time())
            name = self.push(int(question["node"]), question["type"], content, question["group"], ttl)
            if name is not None:
                self.open[name] = (number, until)
        return True

    def pull(self, names: list) -> list:
        """Replies that are there; none of a pull that does not end, and then its names are given back as stuck."""
        if not names:
            return []
        pull = Pull(self.grid, names)
        pull.thread.join(STUCK_SECONDS)
        if pull.thread.is_alive():
            self.late.append(pull)
            self.stuck(names)
            return []
        if pull.failure is not None:
            raise pull.failure
        return pull.replies

    def stuck(self, names: list) -> None:
        """The hub is asked and told again; a site has a while, for its reply may still come."""
        for name in names:
            if name == self.asked:
                self.asked_before.add(name)
                self.asked = None
            elif name in self.told:
                values, records, until, _ = self.told.pop(name)
                self.tell(values, records, until)
            elif name in self.open:
                self.lost.setdefault(name, time.monotonic() + SITE_SECONDS)

    def replies(self) -> list:
        found = []
        for pull in [pull for pull in self.late if not pull.thread.is_alive()]:
            self.late.remove(pull)
            found += pull.replies
        found += self.pull([name for name in (self.asked, *self.told) if isinstance(name, str)])
        return found + self.pull(list(self.open))

    def look(self) -> bool:
        """False once the hub has nothing more to ask."""
        if self.asked is None:
            self.ask_for_more()
        for reply in self.replies():
            name = reply.metadata.reply_to_message_id
            if name == self.asked or name in self.asked_before:
                self.asked_before.discard(name)
                if name == self.asked:
                    self.asked = None
                if not reply.has_error():
                    self.heard = time.monotonic()
                    if not self.ask(reply):
                        return False
            elif name in self.told:
                values, records, until, _ = self.told.pop(name)
                if reply.has_error():
                    self.tell(values, records, until)
                else:
                    self.heard = time.monotonic()
            elif name in self.open:
                self.answered(reply, *self.open.pop(name))
        if self.asked_until < time.time():
            self.asked = None
        for name in [name for name, (*_, again) in self.told.items() if again < time.time()]:
            values, records, until, _ = self.told.pop(name)
            self.tell(values, records, until)
        for name in [name for name, (_, until) in self.open.items() if until < time.time()]:
            del self.open[name]
        for name in [name for name, again in self.lost.items() if name not in self.open or again < time.monotonic()]:
            del self.lost[name]
            if name in self.open:
                number, until = self.open.pop(name)
                self.unavailable(number, until)
        return time.monotonic() - self.heard < SILENT_SECONDS


@app.main()
def main(grid: Grid, context: Context) -> None:
    relay = Relay(grid)
    while relay.look():
        time.sleep(LOOK_SECONDS)


def refuse(message: Message, context: Context) -> Message:
    raise RuntimeError("This run is for UNICA nodes; the hub that started it names no app for other SuperNodes")


client.train()(refuse)
client.evaluate()(refuse)
`;
}

const OWN_PROJECT = `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "unica-relay"
version = "1.0.0"
description = "Questions of a UNICA hub to the SuperNodes of this SuperLink"
license = "EUPL-1.2"
dependencies = ["flwr>=1.25.0"]

[tool.hatch.build.targets.wheel]
packages = ["."]

[tool.flwr.app]
publisher = "unica"

[tool.flwr.app.components]
serverapp = "${MODULE}:app"
clientapp = "${MODULE}:client"

[tool.flwr.app.config]
`;

const PROJECT_FILE = 'pyproject.toml';
const CONTENT_FILE = '.info/CONTENT';
/** A bundle that unpacks to more is not opened. */
const LARGEST_BUNDLE_BYTES = 67_108_864;

/**
 * The bundle of a job: our ServerApp, and the ClientApp of the network's own bundle where there is one. Laid out as `flwr build` does: the
 * project, the files, and a list of their digests. @throws UnicaError `config.invalid` where the network's bundle cannot be used.
 */
export function relayApp(hubNodeId: bigint, own: FlowerApp | undefined): Uint8Array {
  const files = own === undefined ? { [PROJECT_FILE]: strToU8(OWN_PROJECT) } : filesOf(own);
  delete files[CONTENT_FILE];
  files[`${MODULE}.py`] = strToU8(relayProgram(hubNodeId));
  const listed = Object.keys(files).filter((name) => name !== PROJECT_FILE && !name.endsWith('/'));
  const lines = listed
    .sort()
    .map((name) => `${name},${sha256Hex(files[name] ?? new Uint8Array())},${(files[name]?.length ?? 0) * 8}\n`);
  return zipSync({ ...files, [CONTENT_FILE]: strToU8(lines.join('')) }, { mtime: new Date(1980, 0, 1) });
}

function filesOf({ content }: FlowerApp): Record<string, Uint8Array> {
  let whole = 0;
  const files = unzipSync(content, {
    filter({ originalSize }) {
      whole += originalSize;
      if (whole > LARGEST_BUNDLE_BYTES) throw wrong(`it unpacks to more than ${LARGEST_BUNDLE_BYTES} bytes`);
      return true;
    },
  });
  const project = strFromU8(files[PROJECT_FILE] ?? new Uint8Array());
  const ours = project.replace(/^(\s*serverapp\s*=\s*)(["'])[^"'\n]*\2/m, `$1"${MODULE}:app"`);
  if (!ours.includes(`"${MODULE}:app"`)) throw wrong('its pyproject.toml names no serverapp');
  return { ...files, [PROJECT_FILE]: strToU8(ours) };
}

const wrong = (problem: string) => new UnicaError('config.invalid', { key: 'flowerApp', problem });

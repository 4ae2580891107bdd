/**
 * Makes a function of one item out of one of many: what comes while a group is at work waits and goes with the next, so that
 * many callers share one transaction. Order is kept. A group that fails fails for each of its items.
 * @param work answers its items in their order. @param most items of one group.
 */
export function inGroups<Item, Answer>(
  work: (items: readonly Item[]) => Promise<readonly Answer[]>,
  most: number,
): (item: Item) => Promise<Answer> {
  interface Waiting {
    readonly item: Item;
    readonly answer: (answer: Answer) => void;
    readonly fail: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  let isAtWork = false;

  const workThrough = async () => {
    isAtWork = true;
    while (waiting.length > 0) {
      const group = waiting.splice(0, most);
      try {
        const answers = await work(group.map(({ item }) => item));
        for (const [index, { answer }] of group.entries()) answer(answers[index] as Answer);
      } catch (error) {
        for (const { fail } of group) fail(error);
      }
    }
    isAtWork = false;
  };

  return (item) =>
    new Promise((answer, fail) => {
      waiting.push({ item, answer, fail });
      if (!isAtWork) void workThrough();
    });
}

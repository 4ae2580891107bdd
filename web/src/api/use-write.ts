import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Parser, type WriteMethod, writeTo } from './http.ts';
import { asProblem, type ProblemError } from './problem.ts';
import { useSession } from './session.ts';

/** One write: where to, what it carries, and what must be looked at again afterwards. */
export interface Write {
  readonly path: string;
  readonly body?: unknown;
  /** `POST` where nothing is said. */
  readonly method?: WriteMethod;
}

const anything: Parser<unknown> = { parse: (value) => value };

/** A write whose answer is not needed. */
export function useWrite(refresh: readonly string[], onDone: () => void = () => {}) {
  return useWriteFor(anything, refresh, onDone);
}

/** A write whose answer is checked by `parser` and handed to `onDone`; then the `refresh` queries are read again. */
export function useWriteFor<T>(parser: Parser<T>, refresh: readonly string[], onDone: (answer: T) => void = () => {}) {
  const { csrfToken } = useSession();
  const client = useQueryClient();
  return useMutation<T, ProblemError, Write>({
    mutationFn: async ({ path, body, method }) => {
      try {
        return await writeTo(path, body, csrfToken, parser, method);
      } catch (thrown) {
        throw asProblem(thrown);
      }
    },
    onSuccess: async (answer) => {
      onDone(answer);
      await Promise.all(refresh.map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { asProblem, type ProblemError } from '../api/problem.ts';
import { useWrite } from '../api/use-write.ts';

/**
 * Saves a mapping that was made elsewhere, or earlier, for a table; what is asked for is told how to get its text.
 * @param onTaken called when the table has another mapping than the one that was worked on
 */
export function useTakeMapping(tableId: string, onTaken: () => void) {
  const client = useQueryClient();
  const save = useWrite(['mapping-tables', 'mapping-yaml', 'mapping-versions']);
  return useMutation<void, ProblemError, () => Promise<string>>({
    mutationFn: async (read) => {
      const yaml = await read().catch((thrown: unknown) => {
        throw asProblem(thrown);
      });
      const path = `/api/mapping/tables/${encodeURIComponent(tableId)}/mapping`;
      await save.mutateAsync({ path, method: 'PUT', body: { yaml } });
      await client.invalidateQueries({ queryKey: ['mapping-studio', tableId] });
    },
    onSuccess: onTaken,
  });
}

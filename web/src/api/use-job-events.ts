import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** How the stream of a job's events stands. */
export type StreamState = 'connecting' | 'live' | 'lost';

/** Coalesces a burst of events into one look at the job. */
const COALESCE_MS = 150;

/**
 * Follows a job by server-sent events while `active`. Each event makes the portal read the job's state again, so that
 * what is shown is always the house's own fold of the events and never a second one made here.
 */
export function useJobEvents(jobId: string, active: boolean): StreamState {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>('connecting');

  useEffect(() => {
    if (!active) return undefined;
    const stream = new EventSource(`/api/jobs/${encodeURIComponent(jobId)}/events`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lookAgain = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries({ queryKey: ['jobs'] });
      }, COALESCE_MS);
    };
    stream.addEventListener('open', () => setState('live'));
    // The browser dials again by itself with the id of the last event.
    stream.addEventListener('error', () => setState('lost'));
    stream.addEventListener('message', lookAgain);
    return () => {
      clearTimeout(timer);
      stream.close();
    };
  }, [jobId, active, client]);

  return state;
}

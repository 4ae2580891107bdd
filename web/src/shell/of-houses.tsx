import type { FunctionComponent } from 'react';
import { useSession } from '../api/session.ts';
import { NotFoundPage } from './not-found-page.tsx';

interface HousePages {
  readonly hub?: FunctionComponent;
  readonly node?: FunctionComponent;
}

/** One address, the page of the house that is asked; the other house has no such page. */
export function ofHouses({ hub, node }: HousePages): FunctionComponent {
  // biome-ignore lint/correctness/noComponentHookFactories: called once per route while the module loads, never in rendering.
  return function HousePage() {
    const Page = useSession().house.kind === 'hub' ? hub : node;
    return Page === undefined ? <NotFoundPage /> : <Page />;
  };
}

import type { FunctionComponent } from 'react';
import { useSession } from '../api/session.ts';
import { NotFoundPage } from './not-found-page.tsx';

interface HousePages {
  readonly hub?: FunctionComponent;
  readonly node?: FunctionComponent;
  /** Of a node that has not joined a network yet; that of a node unless told. */
  readonly before?: FunctionComponent;
}

/** One address, the page of the house that is asked; the other house has no such page. */
export function ofHouses({ hub, node, before = node }: HousePages): FunctionComponent {
  // biome-ignore lint/correctness/noComponentHookFactories: called once per route while the module loads, never in rendering.
  return function HousePage() {
    const { kind, siteId } = useSession().house;
    const Page = kind === 'hub' ? hub : siteId === null ? before : node;
    return Page === undefined ? <NotFoundPage /> : <Page />;
  };
}

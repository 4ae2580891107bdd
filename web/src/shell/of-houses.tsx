import { type FunctionComponent, Suspense } from 'react';
import { useSession } from '../api/session.ts';
import { Waiting } from '../parts/waiting.tsx';
import { NotFoundPage } from './not-found-page.tsx';

interface HousePages {
  readonly hub?: FunctionComponent;
  readonly node?: FunctionComponent;
  /** Of a node that has not joined a network yet; that of a node unless told. */
  readonly before?: FunctionComponent;
}

/** A page that is there sooner is shown without a word. */
const SLOW_MS = 300;

/** One address, the page of the house that is asked; the other house has no such page. */
export function ofHouses({ hub, node, before = node }: HousePages): FunctionComponent {
  // biome-ignore lint/correctness/noComponentHookFactories: called once per route while the module loads, never in rendering.
  return function HousePage() {
    const { kind, siteId } = useSession().house;
    const Page = kind === 'hub' ? hub : siteId === null ? before : node;
    if (Page === undefined) return <NotFoundPage />;
    return (
      <Suspense fallback={<Waiting afterMs={SLOW_MS} />}>
        <Page />
      </Suspense>
    );
  };
}

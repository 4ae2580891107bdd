import type { Kit, KitPage } from '#wire';
import './kit.css';

/** The code that leads to the choice, with its quiet zone; black on white in every scheme. */
export function KitCode({ choices, label }: { readonly choices: NonNullable<Kit['choices']>; readonly label: string }) {
  const { size, path } = choices.code;
  return (
    <svg className="kit-code" role="img" aria-label={label} viewBox={`-4 -4 ${size + 8} ${size + 8}`}>
      <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}

function Choose({ kit }: { readonly kit: Kit }) {
  const { choices, partner } = kit;
  return (
    <div className="kit-foot">
      {choices === null ? null : <KitCode choices={choices} label={kit.decide} />}
      <div>
        {choices === null ? null : (
          <>
            <p className="kit-decide">{kit.decide}</p>
            <p className="kit-address">{choices.address}</p>
          </>
        )}
        {partner === null ? null : (
          <p>
            <strong>{kit.ask}:</strong> {partner.contact}
          </p>
        )}
        <Partner kit={kit} />
      </div>
    </div>
  );
}

function Partner({ kit: { partner, together, register } }: { readonly kit: Kit }) {
  if (partner === null) return null;
  return (
    <div className="kit-with">
      {partner.logo === null ? null : <img src={partner.logo} alt="" />}
      <p>
        {together} <strong>{partner.name}</strong>
        {partner.registerNumber === null ? null : (
          <small>
            <br />
            {register}: {partner.registerNumber}
          </small>
        )}
      </p>
    </div>
  );
}

function SheetFigures({ kit: { figures } }: { readonly kit: Kit }) {
  return (
    <div className="kit-figures">
      <h3>{figures.title}</h3>
      {figures.rows.length === 0 ? null : (
        <dl>
          {figures.rows.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {figures.notes.map((note) => (
        <p key={note}>
          <small>{note}</small>
        </p>
      ))}
    </div>
  );
}

function Head({ kit }: { readonly kit: Kit }) {
  return (
    <div className="kit-head">
      <p>{kit.network}</p>
      <h2>{kit.headline}</h2>
      <p className="kit-tagline">{kit.tagline}</p>
    </div>
  );
}

function Points({ points }: { readonly points: readonly string[] }) {
  return (
    <ol className="kit-points">
      {points.map((point) => (
        <li key={point}>{point}</li>
      ))}
    </ol>
  );
}

/** One page upright, A4 or A3: the same in both, only larger. */
export function PosterSheet({ kit }: { readonly kit: Kit }) {
  return (
    <div className="kit-sheet" lang={kit.language}>
      <article className="kit-poster">
        <Head kit={kit} />
        <Points points={kit.points} />
        <SheetFigures kit={kit} />
        <Choose kit={kit} />
      </article>
    </div>
  );
}

/** Both sides of an A4 across that is folded in three: outside what is folded in, the back and the cover; inside three pages. The cover is read first, though it lies last. */
export function LeafletSheets({ kit }: { readonly kit: Kit }) {
  return (
    <>
      <div className="kit-sheet" lang={kit.language}>
        <article className="kit-leaflet">
          <div className="kit-panel kit-cover">
            <Head kit={kit} />
          </div>
          <Panel kit={kit} name="governance" />
          <div className="kit-panel">
            <SheetFigures kit={kit} />
            <Choose kit={kit} />
          </div>
        </article>
      </div>
      <div className="kit-sheet" lang={kit.language}>
        <article className="kit-leaflet">
          <Panel kit={kit} name="meaning" />
          <Panel kit={kit} name="anonymisation" />
          <Panel kit={kit} name="choices" />
        </article>
      </div>
    </>
  );
}

function Panel({ kit, name }: { readonly kit: Kit; readonly name: KitPage }) {
  const page = kit.pages.find((one) => one.page === name);
  if (page === undefined) return null;
  return (
    <div className="kit-panel">
      <h3>{page.title}</h3>
      {page.body.map((words) => (
        <p key={words}>{words}</p>
      ))}
    </div>
  );
}

/** For the screen of a waiting room: it stands still and needs nobody. */
export function ScreenSheet({ kit }: { readonly kit: Kit }) {
  return (
    <div className="kit-sheet" lang={kit.language}>
      <article className="kit-screen">
        <Head kit={kit} />
        <Points points={kit.points} />
        <Choose kit={kit} />
      </article>
    </div>
  );
}

/** The sign of UNICA: three houses on one U; decorative, the name stands beside it. */
export function Logo({ sizePx }: { readonly sizePx: number }) {
  return (
    <svg width={sizePx} height={sizePx} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0a5c6a" />
      <path d="M9 9v7.5a7 7 0 0 0 14 0V9" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <circle cx="9" cy="8.5" r="3" fill="#8fe0d2" />
      <circle cx="23" cy="8.5" r="3" fill="#8fe0d2" />
      <circle cx="16" cy="23.5" r="3" fill="#8fe0d2" />
    </svg>
  );
}

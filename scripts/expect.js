// Which skipped tests are not acceptable where certain peers were promised.

/** How a skip's reason names a peer. A test that needs a peer and skips says so in one of these words. */
const PEER_WORDS = {
  chromium: /chromium|browser/i,
  dcmtk: /dcmtk|dcmdump|dcmodify|storescu|storescp|dcmconv/i,
  pydicom: /pydicom/i,
  ohif: /ohif/i,
  orthanc: /orthanc/i,
  flower: /flwr/i,
  dicom3tools: /dciodvfy|dicom3tools/i,
  postgres: /postgres|UNICA_TEST_POSTGRES_URL/i,
  data: /UNICA_DATA|shared\/data|medmnist|nih-cxr|victre|real (data|films|images)/i,
};

/**
 * @param {string[]} notes lines as scripts/notes-reporter.js writes them; only those of skips count
 * @param {string} expected names of promised peers, comma-separated
 * @returns {string[]} one line for each test that was skipped although its peer was promised, and for each unknown name
 */
export function missedExpectations(notes, expected) {
  const names = expected.split(',').flatMap((name) => name.trim() || []);
  const unknown = names.filter((name) => !(name in PEER_WORDS));
  const missed = notes.flatMap((line) => {
    const [kind, file, test, reason] = line.split('\t');
    if (kind !== 'skip') return [];
    const peer = names.find((name) => PEER_WORDS[name]?.test(reason ?? ''));
    return peer === undefined ? [] : [`Skipped although ${peer} was expected: ${file}: ${test} (${reason})`];
  });
  return [...unknown.map((name) => `UNICA_EXPECT names ${name}, which nobody knows.`), ...missed];
}

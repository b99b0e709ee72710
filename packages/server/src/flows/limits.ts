/** Runs whose content is kept. Of older ones only the labels stay; then every value that nobody named counts as untrusted. */
export const MAX_RUNS = 5_000;
/** Runs of which the labels are kept after their content was let go. */
export const MAX_FADED_RUNS = 100_000;
/** Text kept of all runs together, in characters. */
export const MAX_CHARS = 96_000_000;
/** Text kept of one run; what comes after is not read, and the run counts as one whose content is not fully known. */
export const MAX_RUN_CHARS = 2_000_000;
/** Text read of one result; a run with more counts as one whose content is not fully known. */
export const MAX_RESULT_CHARS = 200_000;
/** Pieces of content kept of one run. */
export const MAX_RUN_PASSAGES = 5_000;
/** Raw text of a conversation kept to tell new messages from known ones; beyond, all are read again. */
export const MAX_HEARD_CHARS = 512_000;
/** Pieces that one result is cut into; what is left stays one piece. */
export const MAX_RECORDS = 500;
/** Leaves of a call's arguments that are looked at; a call with more is held where content was read. */
export const MAX_VALUES = 300;
/** Longest value that is traced; a call with a longer one counts as one with too many. */
export const MAX_VALUE_CHARS = 200_000;
/** Text of a request that is read for what it asks; all of it counts as said. */
export const MAX_ASKING_CHARS = 50_000;
/** How deep arguments and results are looked into. */
export const MAX_DEPTH = 12;
/** Orders kept of one piece; a piece with more counts as one that addresses the assistant. */
export const MAX_ORDERS = 200;
/** Encoded tokens that are decoded in one result. */
export const MAX_DECODED = 100;
/** Longest encoded token that is decoded. */
export const MAX_DECODED_CHARS = 8_192;
/** Places at which a value is looked at in one piece. */
export const MAX_PLACES = 50;
/** Evidence shown in one finding. */
export const MAX_EVIDENCE = 5;
/** Characters of a value or excerpt that a finding repeats. */
export const MAX_QUOTED_CHARS = 160;
/** Values that people let pass, kept per run. */
export const MAX_DECLASSIFIED = 1_000;

/** Runs that one run may be a part of; more make it partial. */
export const MAX_BESIDE = 16;

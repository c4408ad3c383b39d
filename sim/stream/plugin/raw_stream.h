/* SPDX-License-Identifier: Apache-2.0 */
/* What the recording plugin writes into its pipe: a header, then records of 16 bytes, laid out as
 * nestwalk::Reference. Shared by the plugin (C) and its reader (C++). */
#ifndef NESTWALK_SIM_STREAM_PLUGIN_RAW_STREAM_H
#define NESTWALK_SIM_STREAM_PLUGIN_RAW_STREAM_H

#include <stdint.h>

#define NESTWALK_RAW_MAGIC "NWRAW02\n"

struct NestwalkRawHeader {
  char magic[8];
  uint64_t reserved; /* 0 */
};

/* Kinds of nestwalk::ReferenceKind, and notes, which are no references. */
enum NestwalkRawKind {
  kRawLoad = 0,
  kRawStore = 1,
  kRawFetch = 2,
  kRawNoteExec = 16, /* The program called execve: what follows, if it succeeds, is not recorded. */
  kRawNoteFork = 17, /* The program forked: its child is not recorded. */
  kRawNoteRetired = 18 /* Only instructions: more than the next record can tell, or the last ones of
                        * a thread. */
};

struct NestwalkRawRecord {
  uint64_t address;
  uint32_t instructions; /* Since this thread's record before, this one's included. */
  uint16_t thread;
  uint8_t size;
  uint8_t kind;
};

#endif

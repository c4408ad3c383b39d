// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/stream/bytes/byte_buffer.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// Readers of other programs' traces (doc/traces.md). Each takes decompressed content, yields
/// instruction fetches only if `fetch`, and throws InputError with the line or byte that is wrong.

/// `R|W address [size]`, and what else doc/traces.md allows.
std::unique_ptr<Stream> read_text(std::unique_ptr<ByteBuffer> input, bool fetch);

/// valgrind --tool=lackey --trace-mem=yes. A modify is a load and a store.
std::unique_ptr<Stream> read_lackey(std::unique_ptr<ByteBuffer> input, bool fetch);

/// ChampSim records of `input_instr` (64 bytes) or `cloudsuite_instr` (96): source operands in
/// order, then destinations.
std::unique_ptr<Stream> read_champsim(std::unique_ptr<ByteBuffer> input, bool cloudsuite,
                                      bool fetch);

/// DynamoRIO's 12-byte trace_entry_t as raw2trace writes it, one thread or several. Warns of a
/// trace without its last entry, the footer.
std::unique_ptr<Stream> read_memtrace(std::unique_ptr<ByteBuffer> input, bool fetch,
                                      std::function<void(const std::string&)> warn);

/// The text that DynamoRIO's view tool prints of such a trace.
std::unique_ptr<Stream> read_memtrace_view(std::unique_ptr<ByteBuffer> input, bool fetch);

}  // namespace nestwalk

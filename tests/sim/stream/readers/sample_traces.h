// SPDX-License-Identifier: Apache-2.0
#pragma once

// Traces of each format, to be read.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace nestwalk::test {

inline constexpr char kLackey[] =
    "==123== Lackey, an example Valgrind tool\n"
    "==123== \n"
    "I  04001090,3\n"
    "I  04001093,5\n"
    " S 1ffefffe38,8\n"
    "I  04001d00,4\n"
    " L 1ffefffe40,4\n"
    " M 1ffefffe48,8\n"
    " L 1ffefffe50,512\n"
    "==123== Exit code:       0\n";

struct ChampsimInstruction {
  uint64_t ip;
  std::vector<uint64_t> destinations;
  std::vector<uint64_t> sources;
  bool branch = false;
};

inline std::string champsim(const std::vector<ChampsimInstruction>& instructions,
                            bool cloudsuite = false) {
  std::string out;
  for (const ChampsimInstruction& instruction : instructions) {
    std::string record(cloudsuite ? 96 : 64, '\0');
    const auto set = [&record](size_t at, uint64_t value) {
      std::memcpy(record.data() + at, &value, 8);
    };
    set(0, instruction.ip);
    record[8] = record[9] = instruction.branch;
    for (size_t i = 0; i < instruction.destinations.size(); ++i) {
      set((cloudsuite ? 24 : 16) + 8 * i, instruction.destinations[i]);
    }
    for (size_t i = 0; i < instruction.sources.size(); ++i) {
      set((cloudsuite ? 56 : 32) + 8 * i, instruction.sources[i]);
    }
    out += record;
  }
  return out;
}

inline const std::vector<ChampsimInstruction> kInstructions{
    {0x401000, {}, {}, false},
    {0x401004, {0x7ffc1000, 0x7ffc2000}, {0x5000, 0x6000, 0, 0x7ff8}, false},
    {0x401008, {}, {}, true},
    {0x401010, {0, 0x9000}, {}, false},
};

template <class Number>
void put(std::string& to, Number value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Of DynamoRIO's memtrace.
inline void entry(std::string& to, uint16_t type, uint16_t size, uint64_t address) {
  put(to, type);
  put(to, size);
  put(to, address);
}

inline std::string memtrace() {
  std::string out;
  entry(out, 25, 0, 7);         // header, version
  entry(out, 28, 2, 7);         // marker: version
  entry(out, 22, 4, 1111);      // thread
  entry(out, 24, 4, 1100);      // process
  entry(out, 47, 3, 0xccbbaa);  // encoding
  entry(out, 10, 3, 0x1000);    // instruction
  entry(out, 0, 8, 0x7000);     // read
  entry(out, 17, 2, 0x0502);    // bundle: of 2 and 5 bytes
  entry(out, 1, 4, 0x7010);     // write
  entry(out, 10, 2, 0x100a);    // rep movs, first iteration
  entry(out, 0, 1, 0x7020);
  entry(out, 29, 2, 0x100a);  // its second: no fetch
  entry(out, 0, 1, 0x7021);
  entry(out, 2, 64, 0x7040);  // prefetch
  entry(out, 22, 4, 2222);    // another thread
  entry(out, 48, 2, 0x2000);  // taken jump
  entry(out, 1, 64, 0x8000);
  entry(out, 23, 4, 2222);  // thread exit
  entry(out, 26, 0, 0);     // footer
  return out;
}

inline constexpr char kView[] =
    "Output format:\n"
    "<--record#-> <--instr#->: <---tid---> <record details>\n"
    "------------------------------------------------------------\n"
    "           1           0: W0.T1111 <marker: version 7>\n"
    "           2           1: W0.T1111 ifetch       3 byte(s) @ 0x0000000000001000 48 89 e7       "
    "      "
    "mov    %rsp -> %rdi\n"
    "           3           2: W0.T1111 ifetch       5 byte(s) @ 0x0000000000001003 e8 48 0d 00 00 "
    "      "
    "call   $0x0000000000001d50 %rsp -> %rsp 0xfffffff8(%rsp)[8byte]\n"
    "           4           2: W0.T1111 write        8 byte(s) @ 0x00007ffc2d5a3b58 by PC "
    "0x0000000000001003\n"
    "           5           3: W0.T1111 ifetch      10 byte(s) @ 0x0000000000001d50 48 b8 11 22 33 "
    "44 55 "
    "mov    $0x8877665544332211 -> %rax\n"
    "                                                                 66 77 88\n"
    "           6           4:       2222 ifetch       2 byte(s) @ 0x0000000000002000 non-branch\n"
    "           7           4:       2222 read         4 byte(s) @ 0x00007ffc2d5a4000 by PC "
    "0x0000000000002000\n"
    "           8           4:       2222 ifetch       2 byte(s) @ 0x0000000000002000 non-fetched "
    "instruction\n"
    "           9           4:       2222 read         4 byte(s) @ 0x00007ffc2d5a4004 by PC "
    "0x0000000000002000\n"
    "          10           4:       2222 pref-r-L1   64 byte(s) @ 0x00007ffc2d5a5000 by PC "
    "0x0000000000002000\n"
    "          11           4:       2222 <thread 2222 exited>\n"
    "View tool results:\n"
    "              4 : total instructions\n";

}  // namespace nestwalk::test

/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU TCG plugin that records the memory references of an x86-64 Linux program (qemu-user).
 *
 * Arguments: out=PATH of the pipe, fetch=on for instruction fetches too.
 *
 * Instructions are counted by translation block: a block's length when the next one begins, and the
 * position in the block at an access. A rep string instruction is a block of its own for each
 * iteration and counts once. A block that a signal leaves early counts whole.
 *
 * QEMU builds a signal's frame with the helpers of fxsave and of segment loads, between two blocks,
 * and may show their accesses as those of an instruction that has ended: of one in an earlier
 * block, or of that which ended the present one. No reference is recorded of them.
 *
 * Each thread gathers a chunk of references and appends it to the common buffer when it is full and
 * before each system call, so that threads interleave in chunks but never across a call that may
 * block. A forked child stops recording; its parent goes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "qemu_plugin_api.h"
#include "raw_stream.h"

enum { kMaxVcpus = 1 << 16, kChunkRecords = 1024, kBufferRecords = 4 * kChunkRecords };

/* What the callbacks of an instruction need. */
struct Instruction {
  const struct Block* block;
  uint64_t address;
  uint16_t position; /* In its block. */
  uint8_t size;
  bool repeat;     /* A rep string instruction. */
  bool ends_block; /* And stores no 2 bytes itself. */
};

/* What the execution callback of a block needs. One a translation, never freed: 24 bytes, and 24
 * for each instruction. */
struct Block {
  uint64_t instructions;
  uint64_t leading_repeat; /* Address of its first instruction if that is a rep string one, or 0. */
  uint64_t trailing_repeat; /* The same of its last. */
  struct Instruction all[];
};

struct Thread {
  const struct Block* block;
  uint64_t before_block; /* Instructions retired before the block. */
  uint64_t told;         /* Instructions that records have told of. */
  uint64_t last_fetch;
  bool in_signal; /* Until the next block all accesses are of a signal's frame. */
  uint16_t number;
  unsigned count;
  struct NestwalkRawRecord chunk[kChunkRecords];
};

__attribute__((visibility("default"))) int qemu_plugin_version = kPluginApiVersion;

static const struct Block kNoBlock;
static struct Thread* threads[kMaxVcpus];
static struct NestwalkRawRecord buffer[kBufferRecords];
static size_t buffered;
static pthread_mutex_t buffer_lock = PTHREAD_MUTEX_INITIALIZER;
static char out_path[128];
static int out = -1;
static dev_t out_device;
static ino_t out_inode;
static bool recording;
static bool fetches;
static unsigned next_thread;

/* The guest shares our file descriptors: keep clear of those that it expects to get. */
static bool open_out(void) {
  const int low = open(out_path, O_WRONLY | O_CLOEXEC);
  if (low < 0) return false;
  out = fcntl(low, F_DUPFD_CLOEXEC, 900);
  if (out < 0) out = fcntl(low, F_DUPFD_CLOEXEC, 200);
  if (out >= 0) close(low);
  if (out < 0) out = low;
  struct stat status;
  fstat(out, &status);
  out_device = status.st_dev;
  out_inode = status.st_ino;
  return true;
}

/* A guest may have closed every descriptor that it did not know, and ours may be its file now. */
static bool still_ours(void) {
  struct stat status;
  return fstat(out, &status) == 0 && status.st_dev == out_device && status.st_ino == out_inode;
}

static void write_all(const void* data, size_t bytes) {
  const char* from = data;
  if (!still_ours() && !open_out()) recording = false;
  while (recording && bytes > 0) {
    const ssize_t written = write(out, from, bytes);
    if (written >= 0) {
      from += written;
      bytes -= (size_t)written;
    } else if (errno != EINTR) {
      recording = false; /* The reader is gone: let the program run on. */
    }
  }
}

static void write_buffer(void) {
  write_all(buffer, buffered * sizeof buffer[0]);
  buffered = 0;
}

static void hand_over(struct Thread* thread) {
  pthread_mutex_lock(&buffer_lock);
  if (buffered + thread->count > kBufferRecords) write_buffer();
  memcpy(buffer + buffered, thread->chunk, thread->count * sizeof buffer[0]);
  buffered += thread->count;
  thread->count = 0;
  pthread_mutex_unlock(&buffer_lock);
}

static inline void append(struct Thread* thread, uint64_t address, uint32_t instructions,
                          unsigned size, enum NestwalkRawKind kind) {
  struct NestwalkRawRecord* to = &thread->chunk[thread->count];
  to->address = address;
  to->instructions = instructions;
  to->thread = thread->number;
  to->size = (uint8_t)size;
  to->kind = (uint8_t)kind;
  if (++thread->count == kChunkRecords) hand_over(thread);
}

static inline void record(struct Thread* thread, uint64_t address, uint64_t instructions,
                          unsigned size, enum NestwalkRawKind kind) {
  for (; instructions > UINT32_MAX; instructions -= UINT32_MAX)
    append(thread, 0, UINT32_MAX, 0, kRawNoteRetired);
  append(thread, address, (uint32_t)instructions, size, kind);
}

/* What a thread has retired since its last record, all of its present block included. */
static void record_retired(struct Thread* thread) {
  if (!recording || fetches) return;
  const uint64_t retired = thread->before_block + thread->block->instructions;
  if (retired > thread->told) record(thread, 0, retired - thread->told, 0, kRawNoteRetired);
  thread->told = retired;
}

/* fxsave stores 2 bytes first. */
static inline bool is_of_signal(const struct Thread* thread, const struct Instruction* instruction,
                                unsigned size, bool store) {
  return thread->in_signal || instruction->block != thread->block ||
         (instruction->ends_block && store && size == 2);
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void* data) {
  struct Thread* thread = threads[vcpu];
  const struct Instruction* instruction = data;
  const uint64_t retired = thread->before_block + instruction->position + 1;
  const unsigned size = 1u << qemu_plugin_mem_size_shift(info);
  const bool store = qemu_plugin_mem_is_store(info);
  thread->in_signal = retired < thread->told || is_of_signal(thread, instruction, size, store);
  if (!recording || thread->in_signal) return;
  const uint64_t since = fetches ? 0 : retired - thread->told;
  thread->told = retired;
  if (plugin_mem_is_both(info)) {
    record(thread, address, since, size, kRawLoad);
    record(thread, address, 0, size, kRawStore);
    return;
  }
  record(thread, address, since, size, store ? kRawStore : kRawLoad);
}

static void on_block(unsigned vcpu, void* data) {
  struct Thread* thread = threads[vcpu];
  const struct Block* block = data;
  thread->before_block += thread->block->instructions;
  if (block->leading_repeat && block->leading_repeat == thread->block->trailing_repeat) {
    --thread->before_block;
  }
  thread->block = block;
  thread->in_signal = false;
}

static void on_tail(unsigned vcpu, void* data) {
  (void)data;
  ++threads[vcpu]->before_block;
}

static void on_fetch(unsigned vcpu, void* data) {
  struct Thread* thread = threads[vcpu];
  const struct Instruction* instruction = data;
  const bool iteration = instruction->repeat && instruction->address == thread->last_fetch;
  thread->last_fetch = instruction->address;
  if (!recording || iteration) return;
  record(thread, instruction->address, 1, instruction->size, kRawFetch);
}

/* ins, outs, movs, cmps, stos, lods or scas. */
static bool is_string(unsigned char opcode) {
  return (opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf) ||
         (opcode >= 0x6c && opcode <= 0x6f);
}

/* Of an instruction without the operand size prefix; `third` has the extension of a long opcode. */
static bool may_store_2_bytes(unsigned char opcode, unsigned char second, unsigned char third) {
  const bool vex = opcode == 0xc4 || opcode == 0xc5 || opcode == 0x62;
  const bool x87 = (opcode & 0xf8) == 0xd8;
  const bool xrstor = second == 0xae && (third >> 3 & 7) == 5;
  const bool state = second == 0x00 || second == 0x01 || second == 0xae || second == 0xc7;
  return opcode == 0x0f ? state && !xrstor : vex || x87 || opcode == 0x8c;
}

static void decode(const struct qemu_plugin_insn* from, bool last, struct Instruction* to) {
  const unsigned char* bytes = qemu_plugin_insn_data(from);
  const size_t size = qemu_plugin_insn_size(from);
  to->address = qemu_plugin_insn_vaddr(from);
  to->size = size > 0 ? (uint8_t)size : 1; /* QEMU acts for the vsyscall page without reading it. */
  bool prefixed = false;
  bool operand_size = false;
  for (size_t i = 0; i < size; ++i) {
    const unsigned char byte = bytes[i];
    const bool rex = (byte & 0xf0) == 0x40;
    const bool segment = byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e ||
                         byte == 0x64 || byte == 0x65;
    if (byte == 0xf2 || byte == 0xf3) {
      prefixed = true;
    } else if (byte == 0x66) {
      operand_size = true;
    } else if (!rex && !segment && byte != 0x67) {
      to->repeat = prefixed && is_string(byte);
      const unsigned char second = i + 1 < size ? bytes[i + 1] : 0;
      const unsigned char third = i + 2 < size ? bytes[i + 2] : 0;
      to->ends_block = last && !operand_size && !may_store_2_bytes(byte, second, third);
      return;
    }
  }
}

/* QEMU ends a block before an instruction that crosses into another page, but shows it to plugins
 * as the block's last, as far as it had read it, and never executes it there. */
static bool may_be_dropped(const struct qemu_plugin_insn* instruction) {
  enum { kLongest = 15, kPage = 4096 };
  return qemu_plugin_insn_vaddr(instruction) % kPage > kPage - kLongest;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(tb);
  struct Block* block = calloc(1, sizeof *block + count * sizeof block->all[0]);
  if (block == NULL) abort();
  block->instructions = count;
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn* translated = qemu_plugin_tb_get_insn(tb, i);
    struct Instruction* instruction = &block->all[i];
    const bool last = i + 1 == count;
    decode(translated, last, instruction);
    instruction->block = block;
    instruction->position = (uint16_t)i;
    if (instruction->repeat && i == 0) block->leading_repeat = instruction->address;
    if (instruction->repeat && last) block->trailing_repeat = instruction->address;
    if (fetches) {
      qemu_plugin_register_vcpu_insn_exec_cb(translated, on_fetch, kPluginNoRegisters, instruction);
    } else if (last && i > 0 && may_be_dropped(translated)) {
      qemu_plugin_register_vcpu_insn_exec_cb(translated, on_tail, kPluginNoRegisters, NULL);
      --block->instructions;
      --instruction->position;
    }
    qemu_plugin_register_vcpu_mem_cb(translated, on_access, kPluginNoRegisters,
                                     kPluginLoadsAndStores, instruction);
  }
  qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, kPluginNoRegisters, block);
}

static void on_start(qemu_plugin_id_t id, unsigned vcpu) {
  (void)id;
  struct Thread* thread = calloc(1, sizeof *thread);
  const unsigned number = __atomic_fetch_add(&next_thread, 1, __ATOMIC_RELAXED);
  if (thread == NULL || vcpu >= kMaxVcpus || number > UINT16_MAX) {
    fprintf(stderr, "nestwalk: too many threads to record\n");
    abort();
  }
  thread->block = &kNoBlock;
  thread->number = (uint16_t)number;
  free(threads[vcpu]); /* QEMU gives the number of a thread that ended to a new one. */
  threads[vcpu] = thread;
}

static void on_end(qemu_plugin_id_t id, unsigned vcpu) {
  (void)id;
  record_retired(threads[vcpu]);
  hand_over(threads[vcpu]);
}

static void on_syscall(qemu_plugin_id_t id, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2,
                       uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7,
                       uint64_t a8) {
  (void)id, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
  struct Thread* thread = threads[vcpu];
  if (!recording) return;
  const bool exec = number == SYS_execve || number == SYS_execveat;
  if (exec) record_retired(thread);
  if (exec) record(thread, 0, 0, 0, kRawNoteExec);
  hand_over(thread);
  if (!exec) return;
  pthread_mutex_lock(&buffer_lock);
  write_buffer();
  pthread_mutex_unlock(&buffer_lock);
}

static void on_program_end(qemu_plugin_id_t id, void* data) {
  (void)id, (void)data;
  for (unsigned i = 0; i < kMaxVcpus; ++i) {
    if (threads[i] == NULL) continue;
    record_retired(threads[i]);
    hand_over(threads[i]);
  }
  pthread_mutex_lock(&buffer_lock);
  write_buffer();
  recording = false;
  pthread_mutex_unlock(&buffer_lock);
}

static void before_fork(void) {
  pthread_mutex_lock(&buffer_lock);
}
static void after_fork_parent(void) {
  if (recording) {
    if (buffered == kBufferRecords) write_buffer();
    buffer[buffered++] = (struct NestwalkRawRecord){.kind = kRawNoteFork};
  }
  pthread_mutex_unlock(&buffer_lock);
}
static void after_fork_child(void) {
  recording = false;
  pthread_mutex_unlock(&buffer_lock);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
                                                               const void* info, int argc,
                                                               char** argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "out=", 4) == 0) {
      snprintf(out_path, sizeof out_path, "%s", argv[i] + 4);
    } else if (strcmp(argv[i], "fetch=on") == 0) {
      fetches = true;
    } else if (strcmp(argv[i], "fetch=off") != 0) {
      fprintf(stderr, "nestwalk recorder: argument %s is none of out=PATH, fetch=on\n", argv[i]);
      return -1;
    }
  }
  if (!open_out()) {
    fprintf(stderr, "nestwalk recorder: cannot open \"%s\": %s\n", out_path, strerror(errno));
    return -1;
  }
  recording = true;
  const struct NestwalkRawHeader header = {NESTWALK_RAW_MAGIC, 0};
  write_all(&header, sizeof header);
  pthread_atfork(before_fork, after_fork_parent, after_fork_child);

  qemu_plugin_register_vcpu_init_cb(id, on_start);
  qemu_plugin_register_vcpu_exit_cb(id, on_end);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
  qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
  qemu_plugin_register_atexit_cb(id, on_program_end, NULL);
  return 0;
}

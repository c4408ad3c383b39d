/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of QEMU's plugin API, version 1, that the recorder uses. Debian does not package
 * qemu-plugin.h. */
#ifndef NESTWALK_SIM_STREAM_PLUGIN_QEMU_PLUGIN_API_H
#define NESTWALK_SIM_STREAM_PLUGIN_QEMU_PLUGIN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { kPluginApiVersion = 1 };
enum { kPluginNoRegisters = 0 };    /* enum qemu_plugin_cb_flags */
enum { kPluginLoadsAndStores = 3 }; /* enum qemu_plugin_mem_rw */

typedef void (*plugin_vcpu_fn)(qemu_plugin_id_t id, unsigned vcpu);
typedef void (*plugin_translate_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb* block);
typedef void (*plugin_execute_fn)(unsigned vcpu, void* data);
typedef void (*plugin_memory_fn)(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address,
                                 void* data);
typedef void (*plugin_syscall_fn)(qemu_plugin_id_t id, unsigned vcpu, int64_t number, uint64_t a1,
                                  uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
                                  uint64_t a7, uint64_t a8);
typedef void (*plugin_exit_fn)(qemu_plugin_id_t id, void* data);

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, plugin_vcpu_fn callback);
void qemu_plugin_register_vcpu_exit_cb(qemu_plugin_id_t id, plugin_vcpu_fn callback);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, plugin_translate_fn callback);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id, plugin_syscall_fn callback);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, plugin_exit_fn callback, void* data);

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* block, plugin_execute_fn callback,
                                          int flags, void* data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn* instruction,
                                            plugin_execute_fn callback, int flags, void* data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn* instruction,
                                      plugin_memory_fn callback, int flags, int accesses,
                                      void* data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* block, size_t index);
const void* qemu_plugin_insn_data(const struct qemu_plugin_insn* instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn* instruction);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn* instruction);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);

/* Whether an access is a load and a store at once: an atomic read-modify-write while the program
 * has threads, which qemu_plugin_mem_is_store() takes for a store. QEMU keeps the two bits above
 * the memory operation (make_plugin_meminfo() in its include/qemu/plugin.h). */
static inline bool plugin_mem_is_both(qemu_plugin_meminfo_t info) {
  return (info >> 16 & 3) == 3;
}

#endif

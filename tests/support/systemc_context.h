// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <string>
#include <systemc>
#include <vector>

namespace nestwalk::test {

/// A fresh SystemC simulation while it lives: context, global quantum, report actions. A warning,
/// an error or a fatal report that was not announced by `expect_report` is a test failure; errors
/// and fatal reports are thrown as well, so that nothing goes on after them.
class SystemCContext {
 public:
  SystemCContext() : outer_(sc_core::sc_curr_simcontext), own_(new sc_core::sc_simcontext) {
    enter(own_);
    tlm::tlm_global_quantum::instance().set(sc_core::SC_ZERO_TIME);
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DISPLAY);
    sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
    sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
    // sc_start with nothing to do is what a test of nothing wants.
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_,
                                            sc_core::SC_DO_NOTHING);
    sc_core::sc_report_handler::set_handler(&handle);
    outer_context_ = running_;
    running_ = this;
  }

  ~SystemCContext() {
    for (const std::string& part : expected_) ADD_FAILURE() << "no report said \"" << part << '"';
    delete own_;
    enter(outer_);
    running_ = outer_context_;
    if (running_ == nullptr)
      sc_core::sc_report_handler::set_handler(&sc_core::sc_report_handler::default_handler);
  }

  SystemCContext(const SystemCContext&) = delete;
  SystemCContext& operator=(const SystemCContext&) = delete;

  /// One report whose message contains `part` will come, and is no failure. It is not thrown: what
  /// is tested goes on.
  void expect_report(const std::string& part) { expected_.push_back(part); }

 private:
  static void enter(sc_core::sc_simcontext* context) {
    sc_core::sc_curr_simcontext = context;
    sc_core::sc_default_global_context = context;
  }

  static void handle(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
    if (actions == sc_core::SC_DO_NOTHING) return;
    const std::string message = report.get_msg();
    for (auto part = running_->expected_.begin(); part != running_->expected_.end(); ++part)
      if (message.find(*part) != std::string::npos) {
        running_->expected_.erase(part);
        return;
      }
    ADD_FAILURE() << "unexpected SystemC report: " << report.what();
    sc_core::sc_report_handler::default_handler(report, actions);
  }

  static inline SystemCContext* running_ = nullptr;

  SystemCContext* outer_context_;
  sc_core::sc_simcontext* outer_;
  sc_core::sc_simcontext* own_;
  std::vector<std::string> expected_;
};

/// The fixture of every test that makes modules.
class SystemCTest : public testing::Test {
 protected:
  SystemCContext systemc;
};

}  // namespace nestwalk::test

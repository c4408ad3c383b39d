// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "sim/cli/commands.h"
#include "sim/io/output_file.h"
#include "sim/report/page/page.h"
#include "sim/sweep/report_data.h"

namespace nestwalk {
namespace {

struct ReportOptions {
  std::string results;
  std::string output;
};

int report_command(const ReportOptions& options) {
  require_writable(options.output);
  require_apart(options.output, options.results);
  write_file_atomically(options.output, report_page(report_data(options.results)));
  return 0;
}

}  // namespace

void add_report_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command =
      app.add_subcommand("report",
                         "Show a sweep's results in one self-contained HTML page, which works "
                         "offline.\n"
                         "Example: nestwalk report tlbs.sqlite -o tlbs.html");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option("results", options->results, "What `nestwalk sweep` wrote")
      ->type_name("RESULTS.sqlite")
      ->required();
  command->add_option("-o,--output", options->output, "The page; - is standard output")
      ->type_name("REPORT.html")
      ->required();
  command->callback([=, &action] { action = [=] { return report_command(*options); }; });
}

}  // namespace nestwalk

// TakeErrorInfo, the error object that a failed call has left on its thread.
#include "automation/error_info.h"

#include <wrl/client.h>

#include "host/returned.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {

std::optional<ExceptionText> TakeErrorInfo() {
  ComPtr<IErrorInfo> info;
  if (Returned(GetErrorInfo(0, info.GetAddressOf()), info) != S_OK) return std::nullopt;
  ExceptionText text;
  BSTR string = nullptr;
  if (SUCCEEDED(info->GetSource(&string))) text.source = TakeText(string);
  string = nullptr;
  if (SUCCEEDED(info->GetDescription(&string))) text.description = TakeText(string);
  string = nullptr;
  if (SUCCEEDED(info->GetHelpFile(&string))) text.help_file = TakeText(string);
  info->GetHelpContext(&text.help_context);
  if (text.source.empty() && text.description.empty()) return std::nullopt;
  return text;
}

}  // namespace com_cancel

// CreateHosted, which gets an object from a host process.
#include "automation/hosted.h"

#include <memory>

#include "host/call_scope.h"
#include "host/returned.h"
#include "threads/wait_call.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

struct Answered {
  ReplyWait wait;
  hosting::report::Made made;  // set before the end of the wait
};

HRESULT Unmarshal(const hosting::Bytes& marshaled, ComPtr<IUnknown>& object) {
  ComPtr<IStream> stream;
  HRESULT hr = Returned(CreateStreamOnHGlobal(nullptr, TRUE, stream.GetAddressOf()), stream);
  if (SUCCEEDED(hr)) hr = stream->Write(marshaled.data(), static_cast<ULONG>(marshaled.size()), nullptr);
  if (SUCCEEDED(hr)) hr = stream->Seek({}, STREAM_SEEK_SET, nullptr);
  if (FAILED(hr)) return hr;
  CallScope scope;
  // The interface that the host has chosen.
  const HRESULT unmarshaled = Returned(
      CoUnmarshalInterface(stream.Get(), IID_NULL, reinterpret_cast<void**>(object.GetAddressOf())), object);
  return scope.End(unmarshaled);
}

}  // namespace

HRESULT CreateHosted(hosting::HostProcess& host, const CLSID& clsid, hosting::MadeIn made_in,
                     ComPtr<IUnknown>& object, std::optional<ExceptionText>& failure) {
  const auto reply = std::make_shared<Answered>();
  const hosting::OrderId id = host.Make(clsid, made_in, [reply](hosting::report::Made made) {
    reply->made = std::move(made);
    reply->wait.Finish();
  });
  const HRESULT waited = reply->wait.Block();
  HRESULT hr = waited;
  if (SUCCEEDED(waited)) {
    hosting::report::Made& made = reply->made;
    hr = made.hresult;
    if (FAILED(hr) && !(made.source.empty() && made.description.empty()))
      failure = ExceptionText{std::move(made.source), std::move(made.description), u"", 0};
    // A success without an object would be one that breaks COM's rules.
    if (SUCCEEDED(hr)) hr = made.object.empty() ? E_POINTER : Unmarshal(made.object, object);
  }
  if (SUCCEEDED(hr))
    host.Taken(id);
  else
    host.Drop(id);
  return hr;
}

}  // namespace com_cancel

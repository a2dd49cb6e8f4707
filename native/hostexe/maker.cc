// Maker, which carries out the orders of a host process.
#include "hostexe/maker.h"

#include <wrl/client.h>

#include <new>
#include <string_view>

#include "host/pool.h"
#include "host/pump.h"
#include "host/returned.h"
#include "host/text.h"
#include "hosting/pipe.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel::hostexe {
namespace {

using hosting::Bytes;
using hosting::MadeIn;

// For pool threads.
class InMultithreadedApartment {
 public:
  InMultithreadedApartment()
      : entered_(CoInitializeEx(nullptr, COINIT_MULTITHREADED | COINIT_DISABLE_OLE1DDE)) {}
  ~InMultithreadedApartment() {
    if (SUCCEEDED(entered_)) CoUninitialize();
  }
  InMultithreadedApartment(const InMultithreadedApartment&) = delete;
  InMultithreadedApartment& operator=(const InMultithreadedApartment&) = delete;

 private:
  const HRESULT entered_;
};

// Whether the registry says that objects of the class live in single-threaded apartments: `Apartment`, and
// none, which means the main one.
bool RegisteredAsSingleThreaded(const CLSID& named) {
  // The class that COM creates instead, if there is one.
  CLSID clsid = named;
  if (FAILED(CoGetTreatAsClass(named, &clsid))) clsid = named;
  wchar_t guid[39] = L"";
  StringFromGUID2(clsid, guid, 39);
  const std::wstring key = std::wstring(L"CLSID\\") + guid + L"\\InprocServer32";
  wchar_t model[32] = L"";
  DWORD size = sizeof model;
  if (RegGetValueW(HKEY_CLASSES_ROOT, key.c_str(), L"ThreadingModel", RRF_RT_REG_SZ, nullptr, model, &size) !=
      ERROR_SUCCESS)
    return true;
  const std::u16string lower = Lower(model);
  return lower != u"both" && lower != u"free" && lower != u"neutral";
}

// What the class tells about its failure.
void Describe(hosting::report::Made& made) {
  ComPtr<IErrorInfo> info;
  if (GetErrorInfo(0, info.GetAddressOf()) != S_OK || !info) return;
  BSTR text = nullptr;
  if (SUCCEEDED(info->GetSource(&text))) made.source = TakeText(text);
  text = nullptr;
  if (SUCCEEDED(info->GetDescription(&text))) made.description = TakeText(text);
}

// For this machine: its IDispatch if it has one, else its IUnknown.
HRESULT Marshal(IUnknown* object, Bytes& marshaled) {
  ComPtr<IDispatch> dispatch;
  const bool automation = SUCCEEDED(Query(object, dispatch));
  ComPtr<IStream> stream;
  HRESULT hr = Returned(CreateStreamOnHGlobal(nullptr, TRUE, stream.GetAddressOf()), stream);
  if (SUCCEEDED(hr))
    hr = CoMarshalInterface(stream.Get(), automation ? IID_IDispatch : IID_IUnknown, object, MSHCTX_LOCAL,
                            nullptr, MSHLFLAGS_NORMAL);
  ULARGE_INTEGER size{};
  if (SUCCEEDED(hr)) hr = stream->Seek({}, STREAM_SEEK_CUR, &size);
  HGLOBAL memory = nullptr;
  if (SUCCEEDED(hr)) hr = GetHGlobalFromStream(stream.Get(), &memory);
  if (FAILED(hr)) return hr;
  const auto* const data = static_cast<const std::uint8_t*>(GlobalLock(memory));
  if (!data) return E_OUTOFMEMORY;
  marshaled.assign(data, data + size.QuadPart);
  GlobalUnlock(memory);
  return S_OK;
}

// Releases an object that nobody unmarshaled.
void ReleaseMarshaled(const Bytes& marshaled) {
  ComPtr<IStream> stream;
  if (FAILED(Returned(CreateStreamOnHGlobal(nullptr, TRUE, stream.GetAddressOf()), stream))) return;
  if (FAILED(stream->Write(marshaled.data(), static_cast<ULONG>(marshaled.size()), nullptr))) return;
  if (SUCCEEDED(stream->Seek({}, STREAM_SEEK_SET, nullptr))) CoReleaseMarshalData(stream.Get());
}

std::u16string Text(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

}  // namespace

Maker::Maker(HANDLE reports) : reports_(reports), event_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

const char* Maker::Take(const hosting::Order& order) {
  return std::visit([this](const auto& each) { return Take(each); }, order);
}

const char* Maker::Take(const hosting::order::Make& make) {
  {
    const Guard guard(lock_);
    if (!ordered_.emplace(make.id, Ordered{}).second) return "the number of the order was used before";
  }
  const bool single_threaded = make.made_in == MadeIn::kAsRegistered
                                   ? RegisteredAsSingleThreaded(make.clsid)
                                   : make.made_in == MadeIn::kSingleThreaded;
  if (!single_threaded) {
    const auto work = [this, make] {
      const InMultithreadedApartment apartment;
      Make(make);
    };
    if (!pool::Run(work)) {
      hosting::report::Made refused;
      refused.id = make.id;
      refused.hresult = E_OUTOFMEMORY;
      Finish(std::move(refused));
    }
    return nullptr;
  }
  const Guard guard(lock_);
  work_.emplace_back([this, make] { Make(make); });
  SetEvent(event_.get());
  return nullptr;
}

const char* Maker::Take(const hosting::order::Taken& taken) {
  const Guard guard(lock_);
  const auto entry = ordered_.find(taken.id);
  if (entry == ordered_.end() || !entry->second.made) return "an object was taken that was not made";
  ordered_.erase(entry);
  return nullptr;
}

const char* Maker::Take(const hosting::order::Drop& drop) {
  Bytes dropped;
  {
    const Guard guard(lock_);
    const auto entry = ordered_.find(drop.id);
    if (entry == ordered_.end() || entry->second.dropped) return "an object was dropped that was not ordered";
    if (!entry->second.made) {
      entry->second.dropped = true;
      return nullptr;
    }
    dropped = std::move(entry->second.object);
    ordered_.erase(entry);
  }
  // On another thread: the release of an object may take long.
  if (!dropped.empty())
    pool::Run([dropped] {
      const InMultithreadedApartment apartment;
      ReleaseMarshaled(dropped);
    });
  return nullptr;
}

void Maker::Make(const hosting::order::Make& make) {
  hosting::report::Made made;
  made.id = make.id;
  {
    // Released before the report: from then on the object belongs to the client.
    ComPtr<IUnknown> object;
    SetErrorInfo(0, nullptr);
    made.hresult = Returned(CoCreateInstance(make.clsid, nullptr, CLSCTX_INPROC_SERVER, IID_IUnknown,
                                             reinterpret_cast<void**>(object.GetAddressOf())),
                            object);
    if (SUCCEEDED(made.hresult)) made.hresult = Marshal(object.Get(), made.object);
    if (FAILED(made.hresult)) Describe(made);
  }
  Finish(std::move(made));
}

void Maker::Finish(hosting::report::Made made) {
  bool dropped = false;
  {
    const Guard guard(lock_);
    const auto entry = ordered_.find(made.id);
    dropped = entry->second.dropped;
    if (dropped) {
      ordered_.erase(entry);
    } else {
      entry->second.made = true;
      entry->second.object = made.object;
    }
  }
  if (!dropped)
    Report(made);
  else if (!made.object.empty())
    ReleaseMarshaled(made.object);
}

void Maker::End() {
  const Guard guard(lock_);
  ending_ = true;
  SetEvent(event_.get());
}

void Maker::RunSingleThreaded() {
  for (;;) {
    PumpUntil(event_.get(), INFINITE);
    std::function<void()> next;
    {
      const Guard guard(lock_);
      if (ending_) return;
      if (work_.empty()) {
        ResetEvent(event_.get());
        continue;
      }
      next = std::move(work_.front());
      work_.pop_front();
    }
    next();
  }
}

void Maker::ReportStarted() { Report(hosting::report::Started{}); }

void Maker::ReportEnding(const char* why) { Report(hosting::report::Ending{Text(why)}); }

void Maker::Report(const hosting::Report& report) {
  const Bytes message = hosting::Encode(report);
  const Guard guard(report_lock_);
  // Without a reader the pipe of the orders ends as well.
  hosting::Send(reports_, message);
}

}  // namespace com_cancel::hostexe

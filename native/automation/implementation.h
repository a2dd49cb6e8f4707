// Implementation, an IDispatch that JavaScript implements: a callback or an event sink.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "automation/incoming_call.h"
#include "host/counted_object.h"
#include "threads/com_thread.h"
#include "threads/own_objects.h"

namespace com_cancel {

// COM calls it in the apartment of its home thread. Each call is posted to the environment. The calling
// thread waits for the reply and runs jobs of the home thread meanwhile, so that JavaScript can use the
// thread before it replies.
class Implementation final : public CountedObject<IDispatch>, public OwnObject {
 public:
  using Members = std::unordered_map<std::u16string, DISPID>;  // by lower-case name

  // `iid`: an interface that QueryInterface returns in addition to IDispatch, or GUID_NULL. It must be a
  // dispinterface: the vtable is that of IDispatch.
  Implementation(std::shared_ptr<ComThread> home, std::shared_ptr<CallReceiver> receiver, ImplementationId id,
                 Members members, REFIID iid);
  ~Implementation() override;

  // Identifies it among the objects of its thread.
  OwnObjectId own_id() const { return own_id_; }
  Microsoft::WRL::ComPtr<IUnknown> Reference() override;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override;
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT index, LCID locale, ITypeInfo** info) override;
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID locale,
                                          DISPID* ids) override;
  HRESULT STDMETHODCALLTYPE Invoke(DISPID member, REFIID, LCID locale, WORD flags, DISPPARAMS* parameters,
                                   VARIANT* result, EXCEPINFO* exception, UINT* fault) override;

 private:
  HRESULT CallJavaScript(DISPID member, WORD flags, const DISPPARAMS& parameters, VARIANT* result,
                         EXCEPINFO* exception, UINT* fault);
  HRESULT TakeArguments(const DISPPARAMS& parameters, IncomingCall& call, EXCEPINFO* exception, UINT* fault);
  HRESULT StoreReply(const Reply& reply, const DISPPARAMS& parameters, VARIANT* result, EXCEPINFO* exception,
                     UINT* fault);

  const std::shared_ptr<ComThread> home_;
  const std::shared_ptr<CallReceiver> receiver_;
  const ImplementationId id_;
  const Members members_;
  const IID iid_;
  OwnObjectId own_id_{};
};

}  // namespace com_cancel

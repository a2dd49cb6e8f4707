// Implementation, an object that JavaScript implements: a callback, an event sink, or one with interfaces by
// vtable.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "automation/implemented_interface.h"
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

  using Interfaces = std::vector<std::shared_ptr<const ImplementedInterface>>;

  // `iid`: an interface that QueryInterface returns in addition to IDispatch, or GUID_NULL. It must be a
  // dispinterface: the vtable is that of IDispatch. `interfaces`: those that are called by vtable.
  Implementation(std::shared_ptr<ComThread> home, std::shared_ptr<CallReceiver> receiver, ImplementationId id,
                 Members members, REFIID iid, const Interfaces& interfaces = {});
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
  class Methods;
  template <typename Interface>
  class Part;
  class CallFactory;
  class ErrorSupport;

  HRESULT CallJavaScript(DISPID member, WORD flags, const DISPPARAMS& parameters, VARIANT* result,
                         EXCEPINFO* exception, UINT* fault);
  HRESULT TakeArguments(const DISPPARAMS& parameters, IncomingCall& call, EXCEPINFO* exception, UINT* fault);
  HRESULT StoreReply(const Reply& reply, const DISPPARAMS& parameters, VARIANT* result, EXCEPINFO* exception,
                     UINT* fault);
  // Without a reference; null for another interface.
  IUnknown* FindInterface(REFIID iid);

  const ImplementationCalls calls_;
  const Members members_;
  const IID iid_;
  std::vector<std::unique_ptr<Methods>> interfaces_;
  std::unique_ptr<CallFactory> call_factory_;    // null without an asynchronous interface
  std::unique_ptr<ErrorSupport> error_support_;  // null without an interface by vtable
  OwnObjectId own_id_{};
};

}  // namespace com_cancel

// The methods of canceled calls that still run in their servers, and the releases that wait for them.
#include "standin/methods_left.h"

#include <atomic>
#include <unordered_map>
#include <utility>
#include <vector>

namespace com_cancel::methods_left {
namespace {

struct Server {
  unsigned running = 0;
  std::vector<std::unique_ptr<Message>> releases;
};

struct Servers {
  Lock lock;
  std::unordered_map<std::wstring, Server> by_name;
  // Methods that run, and those whose releases are being sent.
  std::atomic<unsigned> methods{0};
};

// Never destroyed: threads outlive the destructors of static objects.
Servers& AllServers() {
  static Servers& servers = *new Servers;
  return servers;
}

}  // namespace

void Add(const std::wstring& name) {
  Servers& servers = AllServers();
  const Guard guard(servers.lock);
  ++servers.by_name[name].running;
  ++servers.methods;
}

void Remove(const std::wstring& name) {
  Servers& servers = AllServers();
  std::vector<std::unique_ptr<Message>> releases;
  {
    const Guard guard(servers.lock);
    const auto entry = servers.by_name.find(name);
    if (entry == servers.by_name.end()) return;
    if (--entry->second.running == 0) {
      releases = std::move(entry->second.releases);
      servers.by_name.erase(entry);
    }
  }
  for (const auto& release : releases) {
    release->SendReceive();
    release->Free();
  }
  --servers.methods;
}

bool Any() { return AllServers().methods > 0; }

bool TakeRelease(const RpcFunctions& rpc, const RPC_MESSAGE& release) {
  if (!Any()) return false;
  const std::wstring name = ServerOf(rpc, release);
  auto taken = std::make_unique<Message>(rpc, release);
  Servers& servers = AllServers();
  const Guard guard(servers.lock);
  const auto entry = servers.by_name.find(name);
  if (entry == servers.by_name.end()) return false;
  entry->second.releases.push_back(std::move(taken));
  return true;
}

}  // namespace com_cancel::methods_left

using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Bailiwick.Silo.Wiring;

/// <summary>
/// A lone silo has nobody to talk to, so it listens to nobody: whoever could reach its port, even from the same machine only, could
/// call grains in anybody's name. Calls within the process need no port.
/// </summary>
internal static class ClosedSiloPort
{
    /// <summary>Puts a listener that opens nothing in the place of each one that Orleans registered.</summary>
    public static void CloseSiloPort(this IServiceCollection services)
    {
        var listeners = services.Where(service => service is { IsKeyedService: true } && service.ServiceType == typeof(IConnectionListenerFactory)).ToList();
        if (listeners.Count == 0) throw new InvalidOperationException("Orleans registers its listeners in another way: its port would stay open");
        foreach (var listener in listeners)
            services.Replace(ServiceDescriptor.KeyedSingleton<IConnectionListenerFactory>(listener.ServiceKey, new Factory()));
    }

    private sealed class Factory : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(new Listener(endpoint));
    }

    private sealed class Listener(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        /// <summary>No connection ever comes; null once the silo stops.</summary>
        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_closed.Task.WaitAsync(cancellationToken));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _closed.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}

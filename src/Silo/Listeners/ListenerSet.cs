using System.Net;
using System.Net.Sockets;
using Bailiwick.Edge.SigningIn;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Bailiwick.Silo.Listeners;

/// <summary>Tells a request or a connection which listener it came in by.</summary>
internal sealed record ListenerFeature(ListenerKind Kind);

/// <summary>The listeners of this process: opened with the web server, then able to say where they really are.</summary>
internal sealed class ListenerSet
{
    private readonly SiloSettings _settings;
    private readonly ServerCertificate? _certificate;
    private readonly List<(Listener Listener, ListenOptions Options)> _open = [];

    public ListenerSet(SiloSettings settings, ServerCertificate? certificate) => (_settings, _certificate) = (settings, certificate);

    /// <summary>The real addresses, for the ready line: <c>http 127.0.0.1:8080, https 0.0.0.0:8443</c>. Meaningful once the server has started.</summary>
    public override string ToString() => string.Join(", ", _open.Select(open => $"{open.Listener.Name} {open.Options.IPEndPoint}"));

    /// <summary>Names the certificate in the log, and says when clients will refuse it.</summary>
    public void LogCertificate(ILogger log, DateTimeOffset now)
    {
        if (_certificate is null) return;
        if (_certificate.IsOutOfDate(now)) log.LogWarning("The server certificate is out of date, clients will refuse it: {Certificate}", _certificate);
        else log.LogInformation("The server certificate is {Certificate}", _certificate);
    }

    /// <summary>Adds each listener that is on to the web server.</summary>
    /// <typeparam name="TMqtt">Serves one MQTT connection, plain or TLS.</typeparam>
    public void AddTo<TMqtt>(KestrelServerOptions server) where TMqtt : ConnectionHandler
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = _settings.Limits.RequestBodyBytesMax;
        server.Limits.MaxConcurrentConnections = _settings.Limits.ConnectionsPerListenerMax;
        server.Limits.MaxConcurrentUpgradedConnections = _settings.Limits.ConnectionsPerListenerMax;
        server.Limits.RequestHeadersTimeout = _settings.Limits.RequestHeadersMax;
        foreach (var listener in _settings.Listen.Listeners)
            server.Listen(listener.EndPoint, options => Add<TMqtt>(listener, options));
    }

    /// <summary>Opens the socket of a listener; a port that cannot be had is a bad setting.</summary>
    /// <exception cref="BadSettingException">The address is not this machine's, or the port is taken or not allowed.</exception>
    public Socket Bind(EndPoint endPoint)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        }
        catch (SocketException fault) when (_settings.Listen.Listeners.FirstOrDefault(listener => listener.EndPoint.Equals(endPoint)) is { } listener)
        {
            var (what, allowed) = fault.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => ("is in use by another process", "a free port"),
                SocketError.AccessDenied => ("may not be opened by this user", "a port from 1024 up, or the right to open this one"),
                SocketError.AddressNotAvailable => ("is no address of this machine", "an address of this machine"),
                _ => ($"cannot be opened ({fault.SocketErrorCode})", listener.Setting.Allowed),
            };
            throw BadSettingException.Of(listener.Setting, $"{endPoint}", what, allowed, fault);
        }
    }

    private void Add<TMqtt>(Listener listener, ListenOptions options) where TMqtt : ConnectionHandler
    {
        var isMqtt = listener.Kind is ListenerKind.Mqtt or ListenerKind.Mqtts;
        options.Protocols = listener.Kind is ListenerKind.Https ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        var mark = new ListenerFeature(listener.Kind);
        options.Use(next => connection =>
        {
            connection.Features.Set(mark);
            if (!isMqtt) connection.Features.Set(new ConnectionMemory());
            return next(connection);
        });
        if (listener.IsTls) UseTls(options, isMqtt);
        if (isMqtt) options.UseConnectionHandler<TMqtt>();
        _open.Add((listener, options));
    }

    private void UseTls(ListenOptions options, bool isMqtt)
    {
        var certificate = _certificate ?? throw new InvalidOperationException("A TLS listener is on and no certificate was loaded.");
        options.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(isMqtt ? TlsOptions.ForMqtts(certificate) : TlsOptions.ForHttps(certificate)),
            HandshakeTimeout = _settings.Limits.TlsHandshakeMax,
        });
    }
}

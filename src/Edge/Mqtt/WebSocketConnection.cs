using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Bailiwick.Grains.Abstractions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Bailiwick.Edge.Mqtt;

/// <summary>
/// A WebSocket as the connection that an MQTT session reads and writes: the bytes of binary messages, whose borders mean nothing. A text message
/// ends it, as the protocol demands.
/// </summary>
internal sealed class WebSocketConnection : ConnectionContext, IDuplexPipe, IConnectionLifetimeNotificationFeature
{
    private const int ReceiveBytes = 4096;

    private readonly WebSocket _socket;
    private readonly Pipe _received = new();
    private readonly Pipe _toSend = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly TimeProvider _time;
    private bool _wasText;

    /// <param name="address">The client's, which behind a proxy is not the peer's.</param>
    /// <param name="stopping">Cancelled when the server begins to stop.</param>
    public WebSocketConnection(WebSocket socket, HttpContext http, string address, TimeProvider time, CancellationToken stopping)
    {
        (_socket, _time) = (socket, time);
        ConnectionId = http.Connection.Id;
        RemoteEndPoint = IPAddress.TryParse(address, out var client) ? new IPEndPoint(client, http.Connection.RemotePort) : null;
        ConnectionClosedRequested = stopping;
        ConnectionClosed = _ended.Token;
        Transport = this;
        Features.Set<IConnectionLifetimeNotificationFeature>(this);
    }

    public override string ConnectionId { get; set; }
    public override EndPoint? RemoteEndPoint { get; set; }
    public override IFeatureCollection Features { get; } = new FeatureCollection();
    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();
    public override IDuplexPipe Transport { get; set; }
    public CancellationToken ConnectionClosedRequested { get; set; }

    PipeReader IDuplexPipe.Input => _received.Reader;

    PipeWriter IDuplexPipe.Output => _toSend.Writer;

    public void RequestClose() => _received.Reader.CancelPendingRead();

    /// <summary>
    /// Has a session served by the handler; completes when it has ended and everything it wrote was sent, or the client has not taken it for
    /// <see cref="Limits.WebSocketCloseSecondsMax"/>.
    /// </summary>
    public async Task ServeAsync(ConnectionHandler handler)
    {
        var receiving = ReceiveAsync();
        var sending = SendAsync();
        try
        {
            await handler.OnConnectedAsync(this);
        }
        finally
        {
            await _toSend.Writer.CompleteAsync();
            using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(Limits.WebSocketCloseSecondsMax), _time))
            using (patience.Token.Register(() => Abort(new ConnectionAbortedException("The client takes nothing any more."))))
            {
                await sending;
                await CloseAsync();
            }
            await _ended.CancelAsync();
            await receiving;
        }
    }

    /// <summary>May come at any time, also when it has just ended by itself.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }
        _socket.Abort();
    }

    public override async ValueTask DisposeAsync()
    {
        _ended.Dispose();
        await base.DisposeAsync();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(_received.Writer.GetMemory(ReceiveBytes), _ended.Token);
                _wasText = received.MessageType == WebSocketMessageType.Text;
                if (received.MessageType != WebSocketMessageType.Binary) break;
                _received.Writer.Advance(received.Count);
                if ((await _received.Writer.FlushAsync(_ended.Token)).IsCompleted) break;
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // Gone without a word: to the session that is the end of what was sent.
        }
        finally
        {
            await _received.Writer.CompleteAsync();
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                var read = await _toSend.Reader.ReadAsync();
                foreach (var part in read.Buffer)
                    if (!part.IsEmpty) await _socket.SendAsync(part, WebSocketMessageType.Binary, endOfMessage: true, _ended.Token);
                _toSend.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // What is written from now on is for nobody.
        }
        finally
        {
            await _toSend.Reader.CompleteAsync();
        }
    }

    private async Task CloseAsync()
    {
        if (_socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return;
        try
        {
            var status = _wasText ? WebSocketCloseStatus.InvalidMessageType : WebSocketCloseStatus.NormalClosure;
            await _socket.CloseOutputAsync(status, _wasText ? "MQTT is sent in binary messages" : null, _ended.Token);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // It is closed either way.
        }
    }
}

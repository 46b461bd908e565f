using System.Net.WebSockets;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Grains.Abstractions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>A WebSocket as an MQTT session's connection.</summary>
public sealed class WebSocketConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task To_cut_off_one_that_has_just_ended_by_itself_does_no_harm()
    {
        using var socket = WebSocket.CreateFromStream(new MemoryStream(), new WebSocketCreationOptions { IsServer = true });
        var connection = new WebSocketConnection(socket, new DefaultHttpContext(), "192.0.2.1", TimeProvider.System, CancellationToken.None);
        await connection.DisposeAsync();

        connection.Abort(new ConnectionAbortedException("nothing was heard"));
    }

    [Fact]
    public async Task One_whose_client_takes_nothing_any_more_ends_soon_after_its_session()
    {
        var clock = new WatchedClock();
        using var socket = WebSocket.CreateFromStream(new Stuck(), new WebSocketCreationOptions { IsServer = true });
        await using var connection = new WebSocketConnection(socket, new DefaultHttpContext(), "192.0.2.1", clock, CancellationToken.None);
        var waiting = clock.NextTimerAsync();

        var serving = connection.ServeAsync(new Answering());
        await waiting.WaitAsync(Patience);
        Assert.False(serving.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(Limits.WebSocketCloseSecondsMax));

        await serving.WaitAsync(Patience);
        Assert.Equal(WebSocketState.Aborted, socket.State);
    }

    /// <summary>A session that answers something and ends.</summary>
    private sealed class Answering : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection) => await connection.Transport.Output.WriteAsync(new byte[] { 0xD0, 0 });
    }

    /// <summary>A client that sends nothing and takes nothing until it is cut off.</summary>
    private sealed class Stuck : Stream
    {
        private readonly TaskCompletionSource _cutOff = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _cutOff.Task.WaitAsync(cancellationToken);
            return 0;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(_cutOff.Task);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _cutOff.TrySetException(new IOException("cut off"));
            base.Dispose(disposing);
        }
    }
}

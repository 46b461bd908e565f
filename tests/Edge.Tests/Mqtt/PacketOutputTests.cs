using System.IO.Pipelines;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>What goes out while the peer is slow, over a pipe as plain TCP has it and over a stream's writer as TLS has it.</summary>
public sealed class PacketOutputTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A peer that takes nothing until it is told to.</summary>
    private sealed class SlowStream : MemoryStream
    {
        private readonly TaskCompletionSource _takes = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Exception? Fails { get; set; }

        public void Take() => _takes.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _takes.Task;
            if (Fails is { } failure) throw failure;
            Write(buffer.Span);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => _takes.Task;
    }

    private static PacketOutput OutputTo(PipeWriter pipe, Action<string>? abort = null) =>
        new(pipe, abort ?? (reason => Assert.Fail($"Ended: {reason}")));

    private static void PubAck(PacketOutput output, ushort id) => output.Send(static (to, which) => PacketWriter.PubAck(to, which), id);

    private static byte[] PubAcks(int from, int to) =>
        [.. Enumerable.Range(from, to - from + 1).SelectMany(id => new byte[] { 0x40, 2, (byte)(id >> 8), (byte)id })];

    [Fact]
    public async Task What_is_written_while_a_stream_is_being_flushed_follows_it_whole_and_in_order()
    {
        using var stream = new SlowStream();
        var output = OutputTo(PipeWriter.Create(stream));
        for (ushort id = 1; id <= 2_000; id++) PubAck(output, id);
        var room = output.RoomAsync();
        Assert.False(room.IsCompleted);
        Assert.Empty(stream.ToArray());
        stream.Take();
        await room.WaitAsync(Patience);
        Assert.Equal(PubAcks(1, 2_000), stream.ToArray());
    }

    [Fact]
    public async Task The_last_acknowledgement_is_sent_without_another_message_from_the_client()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4, resumeWriterThreshold: 2));
        var output = OutputTo(pipe.Writer);
        PubAck(output, 1);
        PubAck(output, 2);
        var first = await pipe.Reader.ReadAsync();
        Assert.Equal(4, first.Buffer.Length);
        pipe.Reader.AdvanceTo(first.Buffer.End);
        var second = await pipe.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(4, second.Buffer.Length);
        pipe.Reader.AdvanceTo(second.Buffer.End);
        await output.RoomAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_put_out_before_what_waits_for_it_grows_beyond_its_bound()
    {
        using var stream = new SlowStream();
        string? ended = null;
        var output = OutputTo(PipeWriter.Create(stream), reason => ended = reason);
        var line = new byte[1_000];
        for (var sent = 0; sent <= Limits.MqttWaitingBytesMax + 2 * line.Length && ended is null; sent += line.Length)
            output.Send(static (to, bytes) => PacketWriter.Publish(to, "s/e"u8, bytes, Qos.AtMostOnce, 0), line);
        Assert.NotNull(ended);
        await output.RoomAsync().WaitAsync(Patience);
        stream.Take();
    }

    [Fact]
    public async Task A_peer_that_is_gone_ends_the_wait_for_room()
    {
        using var stream = new SlowStream { Fails = new IOException("gone") };
        var output = OutputTo(PipeWriter.Create(stream));
        PubAck(output, 1);
        var room = output.RoomAsync();
        stream.Take();
        await Assert.ThrowsAsync<IOException>(() => room.WaitAsync(Patience));
        PubAck(output, 2);
        await output.RoomAsync().WaitAsync(Patience);
    }
}

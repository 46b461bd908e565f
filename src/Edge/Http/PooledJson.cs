using System.Buffers;
using System.Text.Json;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Microsoft.Extensions.ObjectPool;

namespace Bailiwick.Edge.Http;

/// <summary>A JSON writer and the memory that it fills, lent for one answer.</summary>
internal sealed class PooledJson : IDisposable
{
    private static readonly DefaultObjectPool<PooledJson> Pool = new(new Policy(), Limits.PooledAnswersMax);

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    private PooledJson() => Writer = new Utf8JsonWriter(_buffer, WireJson.WriterOptions);

    public Utf8JsonWriter Writer { get; }

    /// <summary>All that was written; valid until this is given back.</summary>
    public ReadOnlySpan<byte> Written
    {
        get
        {
            Writer.Flush();
            return _buffer.WrittenSpan;
        }
    }

    public static PooledJson Rent() => Pool.Get();

    public void Dispose() => Pool.Return(this);

    private sealed class Policy : PooledObjectPolicy<PooledJson>
    {
        public override PooledJson Create() => new();

        /// <summary>One that has grown large is let go.</summary>
        public override bool Return(PooledJson used)
        {
            if (used._buffer.Capacity > Limits.PooledAnswerBytesMax) return false;
            used._buffer.ResetWrittenCount();
            used.Writer.Reset();
            return true;
        }
    }
}

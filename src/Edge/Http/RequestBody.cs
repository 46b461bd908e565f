using System.Buffers;
using System.IO.Pipelines;
using Bailiwick.Grains.Abstractions;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Http;

/// <summary>
/// The body of a request, read to its end. It stays in the connection's own buffer when it came in one piece, which is the rule; so what
/// is read out of it does not outlive it. Dispose of it.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private readonly PipeReader _reader;
    private readonly SequencePosition _end;
    private readonly byte[]? _rented;
    private bool _isDisposed;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> bytes)
    {
        (_reader, _end) = (reader, bytes.End);
        if (bytes.IsSingleSegment)
        {
            Bytes = bytes.First;
            return;
        }
        var length = (int)bytes.Length;
        _rented = ArrayPool<byte>.Shared.Rent(length);
        bytes.CopyTo(_rented);
        Bytes = _rented.AsMemory(0, length);
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads at most <see cref="Limits.RequestBodyBytesMax"/> bytes; a larger body is refused without being read.</summary>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, string subject, CancellationToken cancel)
    {
        if (request.ContentLength > Limits.RequestBodyBytesMax) throw TooLarge(subject);
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            if (read.Buffer.Length > Limits.RequestBodyBytesMax)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge(subject);
            }
            if (read.IsCompleted) return new RequestBody(reader, read.Buffer);
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _reader.AdvanceTo(_end);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
    }

    private static Refusal TooLarge(string subject) =>
        new(RefusalKind.TooLarge, subject, $"The body of a request holds at most {Limits.RequestBodyBytesMax} bytes.");
}

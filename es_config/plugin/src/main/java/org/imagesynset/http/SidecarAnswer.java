package org.imagesynset.http;

/**
 * What a sidecar answered to one request, whatever its status.
 *
 * @param contentType the header, or empty
 * @param retryAfter the header, or empty
 */
public record SidecarAnswer(int status, String contentType, String retryAfter, byte[] body) {}

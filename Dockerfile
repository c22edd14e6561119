# One image for web, worker and beat. It only calls the scripts that make calls.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PATH=/app/.venv/bin:$PATH VAR_DIR=/var/lib/portal
WORKDIR /app
COPY . .
RUN SETUP_FOR=run scripts/setup && scripts/start collect \
  && useradd --system --create-home portal && install -d -o portal -g portal /var/lib/portal
USER portal
EXPOSE 8000
CMD ["scripts/start", "web"]
